import RPC
import ServiceKit
import Sodium
import Testing

@Suite("Page cursors")
struct PageCursorTests {
    @Test(
        "A cursor comes back as it was, whatever its parts hold",
        arguments: [[], [""], ["a"], ["2026-01-31T12:00:00Z", "\u{0}é\n", ""]]
    )
    func roundTrip(parts: [String]) throws {
        let text = PageCursor(parts).text
        #expect(text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        #expect(try PageCursor(text, partCount: parts.count).parts == parts)
    }

    @Test(
        "Anything else is an invalid argument",
        arguments: [
            "", "!", "AA", "AQAB", "AQAFYQ", "AgABYQ", "AQAB_w",
            String(repeating: "A", count: 3_000),
        ]
    )
    func garbage(text: String) {
        let error = #expect(throws: RPCError.self) { try PageCursor(text, partCount: 1) }
        #expect(error?.code == .invalidArgument)
        #expect(error?.reason == "rpc.cursor_invalid")
    }

    @Test("A cursor of another method, with another number of parts, is refused")
    func partCount() {
        let text = PageCursor(["a", "b"]).text
        #expect(throws: RPCError.self) { try PageCursor(text, partCount: 1) }
        #expect(throws: RPCError.self) { try PageCursor(text, partCount: 3) }
    }

    @Test("Random bytes never do worse than an error")
    func randomBytes() {
        for _ in 0..<10_000 {
            let text = Base64URL.encode([1] + Sodium.randomBytes(Int.random(in: 0...40)))
            // Either outcome is fine here; that there is one is what is tested.
            _ = try? PageCursor(text, partCount: 2)
        }
    }
}
