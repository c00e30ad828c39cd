internal import RPC

internal import struct FoundationEssentials.Date

/// Bounds that fields of all messages share.
///
/// Pure: each returns the value to store, or throws an
/// ``RPCError`` that names the field.
enum FieldRules {
    /// Levels of arrays and objects within one field: with the message around it well within what
    /// the codec takes.
    static let jsonDepth = 16
    /// Values and names within one field, for the same reason.
    static let jsonItemCount = 4096

    /// One line of text of 1 to `limit` characters.
    static func line(_ value: String, _ field: String, atMost limit: Int) throws -> String {
        guard !value.unicodeScalars.contains(where: Self.isControl) else {
            throw RPCError.invalid(field, "it must be one line without control characters.")
        }
        guard !value.isEmpty, value.unicodeScalars.count <= limit,
            value.unicodeScalars.contains(where: { !$0.properties.isWhitespace })
        else { throw RPCError.invalid(field, "it must have 1 to \(limit) characters.") }
        return value
    }

    /// Text of at most `limit` bytes, without U+0000.
    static func text(_ value: String, _ field: String, bytes limit: Int) throws -> String {
        guard value.utf8.count <= limit else {
            throw RPCError.invalid(field, "it must have at most \(limit) bytes.")
        }
        guard !value.utf8.contains(0) else {
            throw RPCError.invalid(field, "it must not contain the character U+0000.")
        }
        return value
    }

    /// An object within bounds.
    static func object(
        _ value: JSONValue,
        _ field: String,
        bytes limit: Int
    ) throws -> JSONValue {
        guard case .object = value else {
            throw RPCError.invalid(field, "it must be an object.")
        }
        return try Self.json(value, field, bytes: limit)
    }

    /// A JSON value within bounds, its numbers in one form.
    static func json(_ value: JSONValue, _ field: String, bytes limit: Int) throws -> JSONValue {
        let measure = JSONMeasure(value)
        guard measure.depth <= Self.jsonDepth else {
            throw RPCError.invalid(field, "it must not nest deeper than \(Self.jsonDepth) levels.")
        }
        guard measure.itemCount <= Self.jsonItemCount else {
            throw RPCError.invalid(field, "it must have at most \(Self.jsonItemCount) values.")
        }
        guard measure.byteCount <= limit else {
            throw RPCError.invalid(field, "it must have at most \(limit) bytes as JSON.")
        }
        guard !measure.hasNUL else {
            throw RPCError.invalid(field, "it must not contain the character U+0000.")
        }
        guard !measure.hasInvalidNumber else {
            throw RPCError.invalid(field, "its numbers must be smaller than 2^63.")
        }
        return value.normalized
    }

    /// One of the values this version knows.
    static func known<T: OpenEnumeration>(_ value: T, _ field: String) throws -> T {
        guard value.isKnown else {
            let names = T.knownCases.map(\.rawValue).joined(separator: ", ")
            throw RPCError.invalid(field, "it must be one of \(names).")
        }
        return value
    }

    /// A number within a range.
    static func number<T: Comparable>(
        _ value: T,
        _ field: String,
        in range: ClosedRange<T>
    ) throws -> T {
        guard range.contains(value) else {
            throw RPCError.invalid(
                field,
                "it must be from \(range.lowerBound) to \(range.upperBound)."
            )
        }
        return value
    }

    /// A time that Postgres, UUIDv7 and RFC 3339 can all say.
    static func date(_ value: Date, _ field: String) throws -> Date {
        guard Timestamp.range.contains(value) else {
            throw RPCError.invalid(field, "it must be from 1970 to 9999.")
        }
        return value
    }

    /// The size of a page.
    static func pageSize(_ value: Int?, default usual: Int, atMost limit: Int) throws -> Int {
        try Self.number(value ?? usual, "pageSize", in: 1...limit)
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}
