internal import RPC

extension JSONValue {
    /// The member of an object; `nil` where there is none or this is no object.
    subscript(name: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[name]
    }

    /// The text, if this is text.
    var string: String? {
        guard case .string(let value) = self else { return nil }
        return value
    }

    /// The whole number, if this is one.
    var integer: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        default: nil
        }
    }

    /// The number, if this is one.
    var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }

    /// The truth value, if this is one.
    var boolean: Bool? {
        guard case .boolean(let value) = self else { return nil }
        return value
    }

    /// The values, if this is an array.
    var array: [JSONValue]? {
        guard case .array(let values) = self else { return nil }
        return values
    }

    /// The members, if this is an object.
    var object: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The same value in the one form that is stored: whole numbers are integers, as they are once
    /// Postgres and JSON text have had them, and members that are null are left out, as they are on
    /// the wire, where null means absent.
    var normalized: JSONValue {
        switch self {
        case .number(let value):
            return Int64(exactly: value).map(JSONValue.integer) ?? self
        case .array(let values): return .array(values.map(\.normalized))
        case .object(let members):
            return .object(members.filter { $0.value != .null }.mapValues(\.normalized))
        case .null, .boolean, .integer, .string: return self
        }
    }
}
