import ConversationsAPI
import Foundation
import RPC
import Testing

@testable import ConversationsService

@Suite struct RulesTests {
    @Test(arguments: ["", " ", "a\nb", "a\u{0}b", String(repeating: "x", count: 201)])
    func `a title that is empty, too long or not one line is refused`(title: String) {
        #expect(throws: RPCError.self) { try ConversationRules.title(title) }
    }

    @Test(arguments: ["a", String(repeating: "ü", count: 200), "👩‍👩‍👧 Familie"])
    func `a title of 1 to 200 characters is kept as it is`(title: String) throws {
        #expect(try ConversationRules.title(title) == title)
    }

    @Test(arguments: [(-1, false), (0, true), (1, true)])
    func `text is bounded in bytes, at the bound and beyond`(offset: Int, fits: Bool) {
        let limit = MessageRules.textByteCount
        let text = String(repeating: "x", count: limit - offset)
        let request = AppendMessage(conversationID: UUID(), role: .user, text: text)
        let isTaken = (try? MessageRules.draft(for: request)) != nil
        #expect(isTaken == fits)
    }

    @Test func `settings nest at most sixteen levels`() {
        func nested(_ levels: Int) -> JSONValue {
            (1..<levels).reduce(.object([:])) { value, _ in .object(["a": value]) }
        }
        #expect(throws: Never.self) {
            try FieldRules.object(nested(16), "settings", bytes: 16_384)
        }
        #expect(throws: RPCError.self) {
            try FieldRules.object(nested(17), "settings", bytes: 16_384)
        }
    }

    @Test func `numbers that JSON text cannot give back are refused`() {
        for number in [Double.infinity, .nan, 0x1p63, -1e300] {
            #expect(throws: RPCError.self) {
                try FieldRules.object(
                    .object(["n": .number(number)]),
                    "metadata",
                    bytes: 16_384
                )
            }
        }
    }

    @Test func `a message needs text, parts, media or an error`() {
        var request = AppendMessage(conversationID: UUID(), role: .user, text: "")
        #expect(throws: RPCError.self) { try MessageRules.draft(for: request) }
        request.isError = true
        #expect(throws: Never.self) { try MessageRules.draft(for: request) }
        request.isError = nil
        request.parts = [.object(["type": .string("chart")])]
        #expect(throws: Never.self) { try MessageRules.draft(for: request) }
        request.parts = [.object(["kind": .string("chart")])]
        #expect(throws: RPCError.self) { try MessageRules.draft(for: request) }
        request = AppendMessage(
            conversationID: UUID(),
            role: .user,
            text: "",
            type: .image,
            mediaURL: "file:1"
        )
        #expect(throws: Never.self) { try MessageRules.draft(for: request) }
        request.type = .text
        #expect(throws: RPCError.self) { try MessageRules.draft(for: request) }
    }

    @Test func `the content hash covers what is said and nothing else`() throws {
        let base = AppendMessage(conversationID: UUID(), role: .user, text: "yes")
        let hash = try MessageRules.draft(for: base).columns["content_hash"]
        var same = base
        same.conversationID = UUID()
        same.model = "gpt"
        same.metadata = .object(["a": .integer(1)])
        #expect(try MessageRules.draft(for: same).columns["content_hash"] == hash)
        var other = base
        other.parts = [.object(["type": .string("text"), "n": .number(1.5)])]
        let otherHash = try MessageRules.draft(for: other).columns["content_hash"]
        #expect(otherHash != hash)
        // 2.0 and 2 are one number to JSON and Postgres, so they are one to the hash.
        other.parts = [.object(["type": .string("text"), "n": .number(2)])]
        let number = try MessageRules.draft(for: other).columns["content_hash"]
        other.parts = [.object(["n": .integer(2), "type": .string("text")])]
        #expect(try MessageRules.draft(for: other).columns["content_hash"] == number)
        #expect(number != otherHash)
    }

    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0.0), ("2000-02-29T12:00:00.25+02:00", 951_818_400.25),
        ("2026-11-21T12:34:56.123456Z", 1_795_264_496.123456),
        ("9999-12-30T23:59:59.500000Z", 253_402_214_399.5),
    ])
    func `times read and write as RFC 3339`(text: String, seconds: Double) throws {
        let date = try #require(Timestamp.date(text))
        #expect(abs(date.timeIntervalSince1970 - seconds) < 0.000_05)
        #expect(Timestamp.date(Timestamp.text(date)) == date)
    }

    @Test(arguments: [
        "", "2026", "2026-13-01T00:00:00Z", "2025-02-29T00:00:00Z", "2026-01-01T24:00:00Z",
        "2026-01-01T00:00:00", "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00+0200",
        "2026-01-01T00:00:00Zx",
    ])
    func `what is no time is refused`(text: String) { #expect(Timestamp.date(text) == nil) }

    @Test func `every microsecond of a second survives text`() throws {
        for microsecond in stride(from: 0, to: 1_000_000, by: 7) {
            let date = Date(timeIntervalSince1970: 1_795_264_496 + Double(microsecond) / 1e6)
            let text = Timestamp.text(date)
            #expect(text.hasSuffix(String(1_000_000 + microsecond).dropFirst() + "Z"))
            #expect(Timestamp.text(try #require(Timestamp.date(text))) == text)
        }
    }

    @Test func `members that are null are left out, elements that are null stay`() throws {
        let value: JSONValue = .object([
            "a": .null, "b": .array([.null, .object(["c": .null, "d": .number(3)])]),
        ])
        #expect(
            try FieldRules.object(value, "metadata", bytes: 1000)
                == .object(["b": .array([.null, .object(["d": .integer(3)])])])
        )
    }

    @Test func `imports are bounded for one person and for all`() throws {
        let slots = ImportSlots()
        let people = (0..<9).map { _ in UUID() }
        for person in people.prefix(8) {
            for _ in 0..<2 { try slots.take(for: person) }
            #expect(throws: RPCError.self) { try slots.take(for: person) }
        }
        #expect(throws: RPCError.self) { try slots.take(for: people[8]) }
        slots.giveBack(for: people[0])
        #expect(throws: Never.self) { try slots.take(for: people[8]) }
        #expect(throws: RPCError.self) { try slots.take(for: people[0]) }
    }

    @Test func `JSON text of every shape is read back as it was`() throws {
        let value: JSONValue = .object([
            "null": .null, "yes": .boolean(true), "whole": .integer(-9_007_199_254_740_993),
            "half": .number(0.5), "small": .number(2.5e-300), "text": .string("\u{1}\"\\\n😀"),
            "list": .array([.array([]), .object([:])]),
        ])
        #expect(try JSONValue(text: value.text) == value)
    }
}
