import Wire

extension CBORValue {
    /// A map with text keys, in the order given.
    static func object(_ fields: [(String, CBORValue)]) -> CBORValue {
        .map(fields.map { CBORPair(.text($0.0), $0.1) })
    }

    /// Reads JSON and says where it came from when it isn't any.
    static func parsing(_ json: String, from origin: String) throws -> CBORValue {
        do {
            return try CBORValue(json: json)
        } catch {
            throw CommandFailure.invalidRequest("Not JSON in \(origin): \(error).")
        }
    }

    /// What kind of JSON value this is, for messages.
    var jsonKind: String {
        switch self {
        case .unsigned, .negative, .float: "a number"
        case .bytes: "bytes"
        case .text: "text"
        case .array: "an array"
        case .map: "an object"
        case .tagged: "a tagged value"
        case .bool: "a boolean"
        case .null: "null"
        }
    }
}

extension CBORValue {
    /// Any message of a contract as a dynamic value.
    init(encoding message: some Encodable) throws {
        self = try CBORValue(decoding: try CBOREncoder().encode(message))
    }
}
