internal import Wire

/// Any value that JSON can say: for fields whose shape belongs to the caller, such as preferences.
///
/// It crosses the wire as the plain CBOR value (text, integer, float, boolean, array, map, null)
/// and is shown by reflection as `any`.
public enum JSONValue: Codable, Hashable, Sendable {
    /// Nothing.
    case null
    /// True or false.
    case boolean(Bool)
    /// A whole number of 64 bits.
    case integer(Int64)
    /// Any other number; never infinite and never NaN.
    case number(Double)
    /// Text.
    case string(String)
    /// A list.
    case array([JSONValue])
    /// Named values.
    case object([String: JSONValue])

    /// Reads any value that JSON can say; refuses byte strings, tags and numbers that it cannot.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        switch (decoder as? any ItemKindDecoder)?.itemKind {
        case .null: self = .null
        case .boolean: self = .boolean(try container.decode(Bool.self))
        case .text: self = .string(try container.decode(String.self))
        case .array: self = try Self.array(in: container)
        case .map: self = try Self.object(in: container)
        case .number, .other, nil: self = try Self.firstThatFits(container)
        }
    }

    /// Asks for one type after the other.
    private static func firstThatFits(
        _ container: any SingleValueDecodingContainer
    ) throws -> JSONValue {
        if container.decodeNil() { return .null }
        // Each `try?` asks whether the value is of this type; the last one reports the error.
        if let value = try? container.decode(Int64.self) { return .integer(value) }
        // See above.
        if let value = try? container.decode(Double.self) {
            guard value.isFinite else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "JSON has no such number")
            }
            return .number(value)
        }
        // See above.
        if let value = try? container.decode(String.self) { return .string(value) }
        // See above.
        if let value = try? container.decode(Bool.self) { return .boolean(value) }
        // See above.
        if let value = try? self.array(in: container) { return value }
        return try self.object(in: container)
    }

    // Optional, because elsewhere on the wire a null is read like an absent field.
    private static func array(in container: any SingleValueDecodingContainer) throws -> JSONValue {
        .array(try container.decode([JSONValue?].self).map { $0 ?? .null })
    }

    private static func object(in container: any SingleValueDecodingContainer) throws -> JSONValue {
        .object(try container.decode([String: JSONValue?].self).mapValues { $0 ?? .null })
    }

    /// Writes the plain value.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .boolean(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }
}

extension JSONValue: ReflectionExample {
    /// An empty object.
    public static var reflectionExample: JSONValue { .object([:]) }
}
