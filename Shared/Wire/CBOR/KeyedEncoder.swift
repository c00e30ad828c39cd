/// Writes a type's fields, or a dictionary's entries.
struct KeyedEncoder<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let state: EncodingState
    private let ownSerial: UInt64
    private let form: KeyForm
    private let known: KnownKeys?
    private let isReused: Bool

    /// Where the container is reused, the one that it stands for now.
    @inline(__always)
    private var serial: UInt64 {
        if isReused, let known { known.serial } else { ownSerial }
    }

    /// A container for a map, in a box that was used before if one is free.
    @inline(__always)
    static func container(
        state: EncodingState,
        serial: UInt64,
        form: KeyForm
    ) -> KeyedEncodingContainer<Key> {
        let known = state.knownKeys(of: Key.self)
        if let known, known.takeBox(for: serial) { return known.copy() }
        return newContainer(state: state, serial: serial, form: form, known: known)
    }

    @inline(never)
    private static func newContainer(
        state: EncodingState,
        serial: UInt64,
        form: KeyForm,
        known: KnownKeys?
    ) -> KeyedEncodingContainer<Key> {
        let isReused = known.map { !$0.hasBox } ?? false
        let container = KeyedEncodingContainer(
            Self(state: state, ownSerial: serial, form: form, known: known, isReused: isReused)
        )
        if isReused { known?.keep(container, for: serial) }
        return container
    }

    var codingPath: [any CodingKey] { state.codingPath(of: serial, newest: false) }

    /// A nil field is left out.
    mutating func encodeNil(forKey key: Key) throws {}

    @inline(__always)
    mutating func encode(_ value: Bool, forKey key: Key) throws {
        try state.beginField(key, form: form, known: known, in: serial)
        state.output.writeBool(value)
    }

    @inline(__always)
    mutating func encode(_ value: String, forKey key: Key) throws {
        try state.beginField(key, form: form, known: known, in: serial)
        state.output.writeText(value)
    }

    @inline(__always)
    mutating func encode(_ value: Double, forKey key: Key) throws {
        try state.beginField(key, form: form, known: known, in: serial)
        state.output.writeFloat(value)
    }

    @inline(__always)
    mutating func encode(_ value: Float, forKey key: Key) throws {
        try state.beginField(key, form: form, known: known, in: serial)
        state.output.writeFloat(Double(value))
    }

    @inline(__always)
    private func signed(_ value: Int64, forKey key: Key) throws {
        try state.beginField(key, form: form, known: known, in: serial)
        state.output.writeSigned(value)
    }

    @inline(__always)
    private func unsigned(_ value: UInt64, forKey key: Key) throws {
        try state.beginField(key, form: form, known: known, in: serial)
        state.output.writeHead(MajorType.unsigned, value)
    }

    @inline(__always)
    mutating func encode(_ value: Int, forKey key: Key) throws {
        try signed(Int64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: Int8, forKey key: Key) throws {
        try signed(Int64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: Int16, forKey key: Key) throws {
        try signed(Int64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: Int32, forKey key: Key) throws {
        try signed(Int64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: Int64, forKey key: Key) throws {
        try signed(value, forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: UInt, forKey key: Key) throws {
        try unsigned(UInt64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: UInt8, forKey key: Key) throws {
        try unsigned(UInt64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: UInt16, forKey key: Key) throws {
        try unsigned(UInt64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: UInt32, forKey key: Key) throws {
        try unsigned(UInt64(value), forKey: key)
    }
    @inline(__always)
    mutating func encode(_ value: UInt64, forKey key: Key) throws {
        try unsigned(value, forKey: key)
    }

    @inline(__always)
    mutating func encode<T: Encodable>(_ value: T, forKey key: Key) throws {
        let serial = self.serial
        try state.beginField(key, form: form, known: known, in: serial)
        try state.encodeValue(value, in: serial)
    }

    /// Not left to the protocol's own, which would ask for the witness again.
    @inline(__always)
    mutating func encodeIfPresent(_ value: Int?, forKey key: Key) throws {
        if let value { try encode(value, forKey: key) }
    }
    @inline(__always)
    mutating func encodeIfPresent(_ value: String?, forKey key: Key) throws {
        if let value { try encode(value, forKey: key) }
    }

    private func place(_ key: Key) {
        do {
            try state.beginField(key, form: form, known: known, in: serial)
            state.top.isPending = true
        } catch {
            state.fail(error, in: serial)
        }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type,
        forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        place(key)
        let nested = state.open(.fields, in: serial)
        return KeyedEncoder<Nested>.container(state: state, serial: nested, form: .codingKeys)
    }

    mutating func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer {
        place(key)
        return UnkeyedEncoder(state: state, serial: state.open(.array, in: serial))
    }

    mutating func superEncoder() -> any Encoder {
        do {
            try state.beginField(PathComponent.field("super"), form: .strings, in: serial)
            state.top.isPending = true
        } catch {
            state.fail(error, in: serial)
        }
        return ValueEncoder(state: state, serial: serial, type: Void.self)
    }

    mutating func superEncoder(forKey key: Key) -> any Encoder {
        place(key)
        return ValueEncoder(state: state, serial: serial, type: Void.self)
    }
}
