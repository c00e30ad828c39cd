import FoundationEssentials

/// Reads a type's fields, or a dictionary's entries.
///
/// Its place in the map is kept in the table of containers, so that the container is a plain value.
struct KeyedDecoder<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let state: DecodingState
    private let ownMap: UInt32
    private let form: KeyForm
    private let known: KnownKeys?
    private let isReused: Bool

    /// Where the container is reused, the map that it stands for now.
    @inline(__always)
    private var map: UInt32 {
        if isReused, let known { UInt32(truncatingIfNeeded: known.serial) } else { ownMap }
    }

    /// A container for a map, in a box that was used before if one is free.
    @inline(__always)
    static func container(
        state: DecodingState,
        map: UInt32,
        form: KeyForm,
        known: KnownKeys?
    ) -> KeyedDecodingContainer<Key> {
        if let known, known.takeBox(for: UInt64(map)) { return known.copy() }
        return newContainer(state: state, map: map, form: form, known: known)
    }

    @inline(never)
    private static func newContainer(
        state: DecodingState,
        map: UInt32,
        form: KeyForm,
        known: KnownKeys?
    ) -> KeyedDecodingContainer<Key> {
        let isReused = known.map { !$0.hasBox } ?? false
        let container = KeyedDecodingContainer(
            Self(state: state, ownMap: map, form: form, known: known, isReused: isReused)
        )
        if isReused { known?.keep(container, for: UInt64(map)) }
        return container
    }

    var codingPath: [any CodingKey] { state.containerComponents(map) }

    var allKeys: [Key] { state.keys(of: map, form: form) }

    func contains(_ key: Key) -> Bool {
        do {
            guard let value = try find(key, advancing: false) else { return false }
            return try !state.isNull(at: value)
        } catch {
            // Only an ended decoding throws here, and it has no fields.
            return false
        }
    }

    func decodeNil(forKey key: Key) throws -> Bool {
        guard let value = try find(key, advancing: false) else { return true }
        return try state.isNull(at: value)
    }

    private func find(_ key: Key, advancing: Bool) throws -> ItemPosition? {
        try state.value(of: key, form: form, in: map, advancing: advancing)
    }

    /// The field's value where it is the next and not null; nil where it must be looked for.
    @inline(__always)
    private func next(_ key: Key) -> ItemPosition? {
        guard let encoded = known?.remembered(key) else { return nil }
        return state.nextValue(of: encoded, in: map)
    }

    /// The field's value, or nil where it is absent or null.
    @inline(__always)
    private func optional(_ key: Key) throws -> ItemPosition? {
        if let encoded = known?.remembered(key), state.skips(encoded, in: map) { return nil }
        return try next(key) ?? search(key)
    }

    @inline(never)
    private func search(_ key: Key) throws -> ItemPosition? {
        if try state.hasOnlyRegularKeys(map), let encoded = known?.encoded(key),
            encoded.pointee.isText
        {
            return try state.search(for: encoded, in: map)
        }
        guard let value = try find(key, advancing: true), try !state.isNull(at: value) else {
            return nil
        }
        return value
    }

    @inline(__always)
    private func required(_ key: Key) throws -> ItemPosition {
        try next(key) ?? found(key)
    }

    @inline(never)
    private func found(_ key: Key) throws -> ItemPosition {
        guard let value = try search(key) else { throw state.missing(key, in: map) }
        return value
    }

    @inline(__always)
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        if let encoded = known?.remembered(key) {
            if T.self == UUID.self {
                if let uuid = state.nextUUID(of: encoded, in: map) { return rebind(uuid, to: type) }
            } else if T.self == Date.self {
                if let date = state.nextDate(of: encoded, in: map) { return rebind(date, to: type) }
            } else if MemoryLayout<T>.size == 1 {
                if let number = state.nextNumber(of: encoded, in: map, type: type) {
                    // Safe because the number is one that a value of the type gave.
                    return unsafeBitCast(number, to: type)
                }
            } else if T.self == [String].self {
                if let texts = state.nextTexts(of: encoded, in: map) {
                    return rebind(texts, to: type)
                }
            }
        }
        return try decodeAny(type, forKey: key)
    }

    @inline(never)
    private func decodeAny<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        guard let value = next(key) else { return try decodeFound(type, forKey: key) }
        return try state.decode(type, at: value)
    }

    @inline(never)
    private func decodeFound<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        if try state.hasOnlyRegularKeys(map), let known, known.remembered(key) == nil {
            // The next message's is found at once.
            _ = known.encoded(key)
        }
        guard let value = try find(key, advancing: true) else {
            return try state.absent(type, key: key, in: map)
        }
        if try state.isNull(at: value), T.self != CBORValue.self {
            return try state.absent(type, key: key, in: map)
        }
        return try state.decode(type, at: value)
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        // As in `decode`, and written out: handed on as an optional of a type that is not known
        // here, a value takes half as long again.
        if let encoded = known?.remembered(key) {
            if T.self == UUID.self {
                if let uuid = state.nextUUID(of: encoded, in: map) { return rebind(uuid, to: type) }
            } else if T.self == Date.self {
                if let date = state.nextDate(of: encoded, in: map) { return rebind(date, to: type) }
            } else if MemoryLayout<T>.size == 1 {
                if let number = state.nextNumber(of: encoded, in: map, type: type) {
                    // Safe because the number is one that a value of the type gave.
                    return unsafeBitCast(number, to: type)
                }
            } else if T.self == [String].self {
                if let texts = state.nextTexts(of: encoded, in: map) {
                    return rebind(texts, to: type)
                }
            }
        }
        guard let value = try optional(key) else { return nil }
        return try state.decode(type, at: value)
    }

    @inline(__always)
    private func integer<T: FixedWidthInteger>(forKey key: Key) throws -> T {
        if let encoded = known?.remembered(key),
            let number: T = state.nextInteger(of: encoded, in: map)
        {
            return number
        }
        return try state.integer(T.self, at: try required(key))
    }

    @inline(__always)
    private func integerIfPresent<T: FixedWidthInteger>(forKey key: Key) throws -> T? {
        if let encoded = known?.remembered(key),
            let number: T = state.nextInteger(of: encoded, in: map)
        {
            return number
        }
        guard let value = try optional(key) else { return nil }
        return try state.integer(T.self, at: value)
    }

    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool {
        if let encoded = known?.remembered(key), let value = state.nextBool(of: encoded, in: map) {
            return value
        }
        return try state.bool(at: try required(key))
    }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        if let encoded = known?.remembered(key), let value = state.nextBool(of: encoded, in: map) {
            return value
        }
        guard let value = try optional(key) else { return nil }
        return try state.bool(at: value)
    }

    @inline(__always)
    func decode(_ type: String.Type, forKey key: Key) throws -> String {
        if let encoded = known?.remembered(key), let text = state.nextText(of: encoded, in: map) {
            return text
        }
        return try longText(key)
    }

    @inline(never)
    private func longText(_ key: Key) throws -> String {
        try state.text(at: try required(key))
    }

    @inline(__always)
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        if let encoded = known?.remembered(key), let text = state.nextText(of: encoded, in: map) {
            return text
        }
        guard let value = try optional(key) else { return nil }
        return try state.text(at: value)
    }

    func decode(_ type: Double.Type, forKey key: Key) throws -> Double {
        if let encoded = known?.remembered(key),
            let number = state.nextDouble(of: encoded, in: map)
        {
            return number
        }
        return try state.double(at: try required(key))
    }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        if let encoded = known?.remembered(key),
            let number = state.nextDouble(of: encoded, in: map)
        {
            return number
        }
        guard let value = try optional(key) else { return nil }
        return try state.double(at: value)
    }

    func decode(_ type: Float.Type, forKey key: Key) throws -> Float {
        try state.float(at: try required(key))
    }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        guard let value = try optional(key) else { return nil }
        return try state.float(at: value)
    }

    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        try integer(forKey: key)
    }
    @inline(__always)
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
        try integerIfPresent(forKey: key)
    }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 {
        try integer(forKey: key)
    }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
        try integerIfPresent(forKey: key)
    }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) throws -> KeyedDecodingContainer<Nested> {
        try decoder(at: try required(key)).container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try decoder(at: try required(key)).unkeyedContainer()
    }

    func superDecoder() throws -> any Decoder {
        let key = PathComponent.field("super")
        let value = try state.value(of: key, form: .strings, in: map, advancing: true)
        guard let value else { throw state.missing(key, in: map) }
        return decoder(at: value)
    }

    func superDecoder(forKey key: Key) throws -> any Decoder {
        decoder(at: try required(key))
    }

    private func decoder(at position: ItemPosition) -> ValueDecoder {
        ValueDecoder(state: state, position: position, type: Void.self)
    }
}
