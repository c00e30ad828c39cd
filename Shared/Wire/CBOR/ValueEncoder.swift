/// The place of one value, which a type's `encode(to:)` fills with a scalar or a container.
struct ValueEncoder: Encoder, SingleValueEncodingContainer {
    let state: EncodingState
    /// The container that the place is in.
    let serial: UInt64
    /// The type that is being written, or `Void` where it isn't known.
    let type: Any.Type

    var codingPath: [any CodingKey] { state.codingPath(of: serial, newest: true) }

    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy keyType: Key.Type) -> KeyedEncodingContainer<Key> {
        let form = KeyForm(key: keyType, keySize: MemoryLayout<Key>.size, owner: type)
        let serial = state.open(form == .codingKeys ? .fields : .dictionary, in: serial)
        return KeyedEncoder<Key>.container(state: state, serial: serial, form: form)
    }

    func unkeyedContainer() -> any UnkeyedEncodingContainer {
        let kind: EncodingState.OpenContainer.Kind =
            if let unordered = type as? any UnorderedCollection.Type {
                unordered.dictionaryKeyType == nil ? .set : .flatDictionary
            } else {
                .array
            }
        return UnkeyedEncoder(state: state, serial: state.open(kind, in: serial))
    }

    func singleValueContainer() -> any SingleValueEncodingContainer { self }

    func encodeNil() throws {
        try state.encodeNil(in: serial)
    }

    func encode(_ value: Bool) throws {
        try state.takePlace(in: serial)
        state.output.writeBool(value)
    }

    func encode(_ value: String) throws {
        try state.takePlace(in: serial)
        state.output.writeText(value)
    }

    func encode(_ value: Double) throws {
        try state.takePlace(in: serial)
        state.output.writeFloat(value)
    }

    func encode(_ value: Float) throws {
        try state.takePlace(in: serial)
        state.output.writeFloat(Double(value))
    }

    private func signed(_ value: Int64) throws {
        try state.takePlace(in: serial)
        state.output.writeSigned(value)
    }

    private func unsigned(_ value: UInt64) throws {
        try state.takePlace(in: serial)
        state.output.writeHead(MajorType.unsigned, value)
    }

    func encode(_ value: Int) throws { try signed(Int64(value)) }
    func encode(_ value: Int8) throws { try signed(Int64(value)) }
    func encode(_ value: Int16) throws { try signed(Int64(value)) }
    func encode(_ value: Int32) throws { try signed(Int64(value)) }
    func encode(_ value: Int64) throws { try signed(value) }
    func encode(_ value: UInt) throws { try unsigned(UInt64(value)) }
    func encode(_ value: UInt8) throws { try unsigned(UInt64(value)) }
    func encode(_ value: UInt16) throws { try unsigned(UInt64(value)) }
    func encode(_ value: UInt32) throws { try unsigned(UInt64(value)) }
    func encode(_ value: UInt64) throws { try unsigned(value) }

    func encode<T: Encodable>(_ value: T) throws {
        try state.takePlace(in: serial)
        try state.encodeValue(value, in: serial)
    }
}
