/// Collects the fields that a type asks for while it is decoded.
final class FieldCollector {
    let recorder: TypeRecorder
    let documentation: [String: String]
    private(set) var fields: [FieldDescription] = []
    /// Set if the type decodes from a single value instead of fields.
    var single: TypeDescription?

    init(recorder: TypeRecorder, documentation: [String: String]) {
        self.recorder = recorder
        self.documentation = documentation
    }

    func add(_ name: String, _ type: TypeDescription, isOptional: Bool) {
        // A type may ask for a field twice, say to find out which version it reads.
        guard !self.fields.contains(where: { $0.name == name }) else { return }
        self.fields.append(
            FieldDescription(
                name: name, type: type, isOptional: isOptional,
                documentation: self.documentation[name]))
    }
}

/// A decoder without input: answers every question with a made-up value and records it.
struct RecordingDecoder: Decoder {
    let collector: FieldCollector
    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(RecordingFields(collector: self.collector))
    }

    func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        throw ReflectionError(
            description: "a type that decodes itself from an array needs a ReflectionExample")
    }

    func singleValueContainer() -> any SingleValueDecodingContainer {
        RecordingSingleValue(collector: self.collector)
    }
}

private struct RecordingFields<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let collector: FieldCollector
    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }

    func contains(_ key: Key) -> Bool { true }

    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let (description, value) = try self.collector.recorder.record(type)
        self.collector.add(key.stringValue, description, isOptional: T.self is any AnyOptional.Type)
        return value
    }

    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? {
        try self.recordOptional(type, key)
    }

    private func recordOptional<T: Decodable>(_ type: T.Type, _ key: Key) throws -> T? {
        self.collector.add(
            key.stringValue, try self.collector.recorder.element(type), isOptional: true)
        return nil
    }

    // The protocol's defaults for these types would take the way of required fields.

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? {
        try self.recordOptional(type, key)
    }

    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? {
        try self.recordOptional(type, key)
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> { throw self.nested(key) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        throw self.nested(key)
    }

    func superDecoder() throws -> any Decoder {
        throw ReflectionError(description: "classes that inherit do not cross the wire")
    }

    func superDecoder(forKey key: Key) throws -> any Decoder { throw self.nested(key) }

    private func nested(_ key: Key) -> ReflectionError {
        ReflectionError(description: "the field \(key.stringValue) is decoded by hand")
    }
}

private protocol AnyOptional {}
extension Optional: AnyOptional {}

private struct RecordingSingleValue: SingleValueDecodingContainer {
    let collector: FieldCollector
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let (description, value) = try self.collector.recorder.record(type)
        self.collector.single = description
        return value
    }
}
