/// Writes an array's elements, a set's, or a dictionary's keys and values by turns.
struct UnkeyedEncoder: UnkeyedEncodingContainer {
    let state: EncodingState
    let serial: UInt64

    var codingPath: [any CodingKey] { state.codingPath(of: serial, newest: false) }

    var count: Int { state.count(of: serial) }

    mutating func encodeNil() throws {
        try state.beginElement(in: serial)
        state.output.writeNull()
    }

    mutating func encode(_ value: Bool) throws {
        try state.beginElement(in: serial)
        state.output.writeBool(value)
    }

    mutating func encode(_ value: String) throws {
        try state.beginElement(in: serial)
        state.output.writeText(value)
    }

    mutating func encode(_ value: Double) throws {
        try state.beginElement(in: serial)
        state.output.writeFloat(value)
    }

    mutating func encode(_ value: Float) throws {
        try state.beginElement(in: serial)
        state.output.writeFloat(Double(value))
    }

    private func signed(_ value: Int64) throws {
        try state.beginElement(in: serial)
        state.output.writeSigned(value)
    }

    private func unsigned(_ value: UInt64) throws {
        try state.beginElement(in: serial)
        state.output.writeHead(MajorType.unsigned, value)
    }

    mutating func encode(_ value: Int) throws { try signed(Int64(value)) }
    mutating func encode(_ value: Int8) throws { try signed(Int64(value)) }
    mutating func encode(_ value: Int16) throws { try signed(Int64(value)) }
    mutating func encode(_ value: Int32) throws { try signed(Int64(value)) }
    mutating func encode(_ value: Int64) throws { try signed(value) }
    mutating func encode(_ value: UInt) throws { try unsigned(UInt64(value)) }
    mutating func encode(_ value: UInt8) throws { try unsigned(UInt64(value)) }
    mutating func encode(_ value: UInt16) throws { try unsigned(UInt64(value)) }
    mutating func encode(_ value: UInt32) throws { try unsigned(UInt64(value)) }
    mutating func encode(_ value: UInt64) throws { try unsigned(value) }

    mutating func encode<T: Encodable>(_ value: T) throws {
        try state.beginElement(in: serial)
        try state.encodeValue(value, in: serial)
    }

    private func place() {
        do {
            try state.beginElement(in: serial)
            state.top.isPending = true
        } catch {
            state.fail(error, in: serial)
        }
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) -> KeyedEncodingContainer<Nested> {
        place()
        let nested = state.open(.fields, in: serial)
        return KeyedEncoder<Nested>.container(state: state, serial: nested, form: .codingKeys)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        place()
        return UnkeyedEncoder(state: state, serial: state.open(.array, in: serial))
    }

    mutating func superEncoder() -> any Encoder {
        place()
        return ValueEncoder(state: state, serial: serial, type: Void.self)
    }
}
