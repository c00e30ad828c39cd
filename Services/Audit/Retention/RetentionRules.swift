internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Bounds of the fields of these methods.
enum RetentionRules {
    /// A text of 1 to `limit` characters without U+0000 and with something to see in it.
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

    /// A time that the database can say.
    static func time(_ time: Date?, _ field: String) throws -> Date? {
        guard let time else { return nil }
        guard (0..<253_402_214_400).contains(time.timeIntervalSince1970) else {
            throw RPCError.invalid(field, "from 1970 to 9999.")
        }
        return time
    }

    /// The size of a page.
    static func pageSize(_ asked: Int?) throws -> Int {
        let size = asked ?? 50
        guard (1...500).contains(size) else { throw RPCError.invalid("pageSize", "1 to 500.") }
        return size
    }

    /// Where a page by id begins.
    static func position(_ token: String?) throws -> UUID? {
        guard let token else { return nil }
        guard let id = UUID(uuidString: try PageCursor(token, partCount: 1).parts[0]) else {
            throw RPCError.invalid("pageToken", "it is not of this list.")
        }
        return id
    }

    /// A page of at most `size` of the rows, of which one more was asked for, and what asks for
    /// the next.
    static func page<Item>(
        _ items: [Item], size: Int, id: (Item) -> UUID
    ) -> (items: [Item], token: String?) {
        guard items.count > size else { return (items, nil) }
        let kept = Array(items.prefix(size))
        return (kept, kept.last.map { PageCursor([id($0).uuidString]).text })
    }
}
