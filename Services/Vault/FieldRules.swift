internal import FoundationEssentials
internal import RPC
internal import ServiceKit

/// Bounds that fields of all methods share.  Pure: each returns the value to store, or throws an
/// ``RPCError`` that names the field.
enum FieldRules {
    /// One line of 1 to `limit` characters with something to see in it.
    static func line(_ text: String, _ field: String, limit: Int) throws -> String {
        guard (1...limit).contains(text.unicodeScalars.count),
            text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }),
            !text.unicodeScalars.contains(where: Self.isControl)
        else { throw RPCError.invalid(field, "one line of 1 to \(limit) characters.") }
        return text
    }

    /// A text of 1 to `limit` characters without U+0000.
    static func text(_ text: String, _ field: String, limit: Int) throws -> String {
        guard (1...limit).contains(text.unicodeScalars.count),
            text.unicodeScalars.contains(where: { !$0.properties.isWhitespace }),
            !text.unicodeScalars.contains("\0")
        else { throw RPCError.invalid(field, "1 to \(limit) characters.") }
        return text
    }

    /// One of the values that this version knows.
    static func known<T: OpenEnumeration>(_ value: T, _ field: String) throws -> T {
        guard value.isKnown else {
            let names = T.knownCases.map(\.rawValue).joined(separator: ", ")
            throw RPCError.invalid(field, "one of \(names).")
        }
        return value
    }

    /// A number within a range.
    static func number(
        _ value: Int64, _ field: String, in range: ClosedRange<Int64>
    ) throws -> Int64 {
        guard range.contains(value) else {
            throw RPCError.invalid(field, "\(range.lowerBound) to \(range.upperBound).")
        }
        return value
    }

    /// Bytes of one length.
    static func bytes(_ value: Data, _ field: String, count: Int) throws -> [UInt8] {
        guard value.count == count else { throw RPCError.invalid(field, "\(count) bytes.") }
        return Array(value)
    }

    /// A time that the database can say, to the microsecond.
    static func time(_ time: Date, _ field: String) throws -> Date {
        guard (0..<253_402_214_400).contains(time.timeIntervalSince1970) else {
            throw RPCError.invalid(field, "from 1970 to 9999.")
        }
        return Date(microseconds: time.microseconds)
    }

    /// An object of at most `limit` bytes as JSON, in its only form.
    static func object(_ value: JSONValue, _ field: String, limit: Int) throws -> JSONValue {
        guard case .object = value else { throw RPCError.invalid(field, "an object.") }
        guard Self.depth(of: value) <= 16 else {
            throw RPCError.invalid(field, "at most 16 levels.")
        }
        let text: String
        do {
            text = try value.jsonText
        } catch {
            throw RPCError.invalid(field, "what JSON can say.")
        }
        guard text.utf8.count <= limit, !text.contains("\\u0000") else {
            throw RPCError.invalid(field, "at most \(limit) bytes, without U+0000.")
        }
        return try JSONValue(jsonText: text)
    }

    /// A permission.
    static func permission(_ text: String, _ field: String) throws -> String {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        let isWord = parts.allSatisfy { part in
            (1...100).contains(part.utf8.count)
                && part.utf8.allSatisfy {
                    (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
                        || $0 == 0x2D || $0 == 0x2E
                }
        }
        guard parts.count == 2, isWord else {
            throw RPCError.invalid(field, "resource:action in lower case letters and digits.")
        }
        return text
    }

    /// Tags, sorted, each once.
    static func tags(_ tags: [String], _ field: String) throws -> [String] {
        guard tags.count <= 32 else { throw RPCError.invalid(field, "at most 32.") }
        return Set(try tags.map { try Self.line($0, field, limit: 50) }).sorted()
    }

    /// The size of a page.
    static func pageSize(_ asked: Int?) throws -> Int {
        let size = asked ?? 50
        guard (1...500).contains(size) else { throw RPCError.invalid("pageSize", "1 to 500.") }
        return size
    }

    /// The parts of a page token.
    static func position(_ token: String?, partCount: Int) throws -> [String]? {
        try token.map { try PageCursor($0, partCount: partCount).parts }
    }

    private static func depth(of value: JSONValue) -> Int {
        switch value {
        case .array(let values): 1 + (values.map(Self.depth).max() ?? 0)
        case .object(let members): 1 + (members.values.map(Self.depth).max() ?? 0)
        default: 0
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
            || scalar.value == 0x2028 || scalar.value == 0x2029
    }
}

extension JSONValue {
    /// The value as JSON text, members sorted by name.
    var jsonText: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }

    /// Reads JSON text.  What the database has made of a text reads the same as the text itself.
    init(jsonText: String) throws {
        self = try JSONDecoder().decode(JSONValue.self, from: Data(jsonText.utf8))
    }
}

extension Date {
    /// Microseconds since 1970, as the database counts time.
    var microseconds: Int64 { Int64((self.timeIntervalSince1970 * 1_000_000).rounded()) }

    /// A time from microseconds since 1970.
    init(microseconds: Int64) {
        self.init(timeIntervalSince1970: Double(microseconds) / 1_000_000)
    }
}
