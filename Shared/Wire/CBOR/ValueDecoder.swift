/// One item of the input, from which a type's `init(from:)` reads a scalar or a container.
struct ValueDecoder: Decoder, SingleValueDecodingContainer {
    let state: DecodingState
    let position: ItemPosition
    /// The type that is being read, or `Void` where it isn't known.
    let type: Any.Type

    var codingPath: [any CodingKey] {
        state.isCurrent(position) ? state.components(to: position.offset) : []
    }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(
        keyedBy keyType: Key.Type
    ) throws -> KeyedDecodingContainer<Key> {
        let known = state.knownKeys(of: keyType)
        // Keys that are remembered are never those of a dictionary.
        if let known, state.unscanned.begin(at: position, keys: known) {
            return KeyedDecoder<Key>.container(
                state: state,
                map: position.container,
                form: .codingKeys,
                known: known
            )
        }
        let head = try state.head(at: position)
        guard head.major == MajorType.map else {
            throw state.mismatch(expected: "a map", at: position)
        }
        state.noteMap(position.container)
        let form = KeyForm(key: keyType, keySize: MemoryLayout<Key>.size, owner: type)
        return KeyedDecoder<Key>.container(
            state: state,
            map: position.container,
            form: form,
            known: known
        )
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        let head = try state.head(at: position)
        let isDictionary =
            (type as? any UnorderedCollection.Type)?.dictionaryKeyType != nil
        guard head.major == (isDictionary ? MajorType.map : MajorType.array) else {
            throw state.mismatch(expected: isDictionary ? "a map" : "an array", at: position)
        }
        let entry = try state.container(position.container)
        return UnkeyedDecoder(state: state, container: position.container, first: entry.first)
    }

    func singleValueContainer() throws -> any SingleValueDecodingContainer { self }

    func decodeNil() -> Bool {
        // Only an ended decoding throws here; the read that follows says so.
        (try? state.isNull(at: position)) ?? false
    }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try state.decode(type, at: position)
    }

    func decode(_ type: Bool.Type) throws -> Bool { try state.bool(at: position) }
    func decode(_ type: String.Type) throws -> String { try state.text(at: position) }
    func decode(_ type: Double.Type) throws -> Double { try state.double(at: position) }
    func decode(_ type: Float.Type) throws -> Float { try state.float(at: position) }
    func decode(_ type: Int.Type) throws -> Int { try state.integer(Int.self, at: position) }
    func decode(_ type: Int8.Type) throws -> Int8 { try state.integer(Int8.self, at: position) }
    func decode(_ type: Int16.Type) throws -> Int16 { try state.integer(Int16.self, at: position) }
    func decode(_ type: Int32.Type) throws -> Int32 { try state.integer(Int32.self, at: position) }
    func decode(_ type: Int64.Type) throws -> Int64 { try state.integer(Int64.self, at: position) }
    func decode(_ type: UInt.Type) throws -> UInt { try state.integer(UInt.self, at: position) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try state.integer(UInt8.self, at: position) }
    func decode(_ type: UInt16.Type) throws -> UInt16 {
        try state.integer(UInt16.self, at: position)
    }
    func decode(_ type: UInt32.Type) throws -> UInt32 {
        try state.integer(UInt32.self, at: position)
    }
    func decode(_ type: UInt64.Type) throws -> UInt64 {
        try state.integer(UInt64.self, at: position)
    }
}
