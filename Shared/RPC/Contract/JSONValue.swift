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
        if container.decodeNil() {
            self = .null
            // Each `try?` asks whether the value is of this type; the last one reports the error.
        } else if let value = try? container.decode(String.self) {
            self = .string(value)
            // See above.
        } else if let value = try? container.decode(Bool.self) {
            self = .boolean(value)
            // See above.
        } else if let value = try? container.decode(Int64.self) {
            self = .integer(value)
            // See above.
        } else if let value = try? container.decode(Double.self) {
            guard value.isFinite else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "JSON has no such number")
            }
            self = .number(value)
            // See above.
        } else if let value = try? container.decode([JSONValue?].self) {
            self = .array(value.map { $0 ?? .null })
        } else {
            // Optional, because elsewhere on the wire a null is read like an absent field.
            self = .object(
                try container.decode([String: JSONValue?].self).mapValues { $0 ?? .null })
        }
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
