/// Reads an array's elements, or a map as keys and values by turns, which is how the standard
/// library reads a dictionary whose keys are neither strings nor integers.
struct UnkeyedDecoder: UnkeyedDecodingContainer {
    let state: DecodingState
    let container: UInt32
    private var index: UInt32 = 0
    private var position: ItemPosition

    init(state: DecodingState, container: UInt32, first: UInt32) {
        self.state = state
        self.container = container
        self.position = ItemPosition(offset: first, container: container + 1)
    }

    var codingPath: [any CodingKey] { state.containerComponents(container) }

    var count: Int? {
        // Only an ended decoding has no table, and then there are no elements.
        guard let entry = try? state.container(container) else { return 0 }
        return entry.isMap ? 2 * Int(entry.count) : Int(entry.count)
    }

    var isAtEnd: Bool { currentIndex >= count ?? 0 }

    var currentIndex: Int { Int(index) }

    /// Reads the next element and goes on behind it, unless reading throws.
    @inline(__always)
    private mutating func element<T>(_ read: (DecodingState, ItemPosition) throws -> T) throws -> T
    {
        let position = try next()
        let value = try read(state, position)
        try advance()
        return value
    }

    private func next() throws -> ItemPosition {
        guard !isAtEnd else {
            let path = state.containerComponents(container) + [.element(currentIndex)]
            throw CBORError(path: PathComponent.path(path), reason: .missingField)
        }
        return position
    }

    private mutating func advance() throws {
        position = try state.after(position)
        index += 1
    }

    mutating func decodeNil() throws -> Bool {
        guard try state.isNull(at: try next()) else { return false }
        try advance()
        return true
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try element { try $0.decode(type, at: $1) }
    }

    mutating func decode(_ type: Bool.Type) throws -> Bool {
        try element { try $0.bool(at: $1) }
    }
    mutating func decode(_ type: String.Type) throws -> String {
        try element { try $0.text(at: $1) }
    }
    mutating func decode(_ type: Double.Type) throws -> Double {
        try element { try $0.double(at: $1) }
    }
    mutating func decode(_ type: Float.Type) throws -> Float {
        try element { try $0.float(at: $1) }
    }
    mutating func decode(_ type: Int.Type) throws -> Int {
        try element { try $0.integer(Int.self, at: $1) }
    }
    mutating func decode(_ type: Int8.Type) throws -> Int8 {
        try element { try $0.integer(Int8.self, at: $1) }
    }
    mutating func decode(_ type: Int16.Type) throws -> Int16 {
        try element { try $0.integer(Int16.self, at: $1) }
    }
    mutating func decode(_ type: Int32.Type) throws -> Int32 {
        try element { try $0.integer(Int32.self, at: $1) }
    }
    mutating func decode(_ type: Int64.Type) throws -> Int64 {
        try element { try $0.integer(Int64.self, at: $1) }
    }
    mutating func decode(_ type: UInt.Type) throws -> UInt {
        try element { try $0.integer(UInt.self, at: $1) }
    }
    mutating func decode(_ type: UInt8.Type) throws -> UInt8 {
        try element { try $0.integer(UInt8.self, at: $1) }
    }
    mutating func decode(_ type: UInt16.Type) throws -> UInt16 {
        try element { try $0.integer(UInt16.self, at: $1) }
    }
    mutating func decode(_ type: UInt32.Type) throws -> UInt32 {
        try element { try $0.integer(UInt32.self, at: $1) }
    }
    mutating func decode(_ type: UInt64.Type) throws -> UInt64 {
        try element { try $0.integer(UInt64.self, at: $1) }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try element { try Self.decoder($0, $1).container(keyedBy: type) }
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try element { try Self.decoder($0, $1).unkeyedContainer() }
    }

    mutating func superDecoder() throws -> any Decoder {
        try element { Self.decoder($0, $1) }
    }

    private static func decoder(
        _ state: DecodingState,
        _ position: ItemPosition
    ) -> ValueDecoder {
        ValueDecoder(state: state, position: position, type: Void.self)
    }
}
