import Testing
import Wire

@testable import rpcctl

@Suite("JSON as it is shown")
struct JSONTextTests {
    private static let value: CBORValue = .object([
        ("id", .tagged(37, .bytes([UInt8](0..<16)))),
        ("title", "Größe \"A\""),
        ("at", .tagged(1, .unsigned(1_363_896_240))),
        ("body", .bytes([1, 2, 3])),
        ("numbers", [1, -2, 1.5]),
        ("empty", []),
        ("nothing", .object([])),
        ("rows", .array([.object([("a", true)]), .object([("a", .null)])])),
    ])

    @Test("Pretty JSON is indented, with arrays of scalars on one line")
    func pretty() {
        let text = JSONText(style: .plain, columnCount: 80, isForTerminal: false)
            .pretty(Self.value)
        #expect(
            text == """
                {
                  "id": "00010203-0405-0607-0809-0a0b0c0d0e0f",
                  "title": "Größe \\"A\\"",
                  "at": "2013-03-21T20:04:00Z",
                  "body": "AQID",
                  "numbers": [1, -2, 1.5],
                  "empty": [],
                  "nothing": {},
                  "rows": [
                    {
                      "a": true
                    },
                    {
                      "a": null
                    }
                  ]
                }
                """)
    }

    @Test("Arrays that are too wide for a line are broken")
    func wide() {
        let text = JSONText(style: .plain, columnCount: 20, isForTerminal: false)
            .pretty(.array([.text("aaaaaaaaaa"), .text("bbbbbbbbbb")]))
        #expect(text == "[\n  \"aaaaaaaaaa\",\n  \"bbbbbbbbbb\"\n]")
    }

    @Test("A line of a stream is the same JSON with and without colour")
    func line() throws {
        let plain = JSONText(style: .plain, columnCount: 80, isForTerminal: false)
        let colored = JSONText(
            style: TextStyle(isColored: true), columnCount: 80, isForTerminal: true)
        let line = plain.line(Self.value)
        #expect(!line.contains("\n"))
        #expect(colored.line(Self.value).contains("\u{1B}[34m\"id\"\u{1B}[0m:"))
        let stripped = colored.line(Self.value).replacing(/\u{1B}\[[0-9;]*m/, with: "")
        #expect(stripped == line)
        #expect(try CBORValue(json: line)["numbers"] == [1, -2, 1.5])
    }

    @Test("What could steer a terminal is escaped where the output is one")
    func controls() throws {
        let hostile: CBORValue = .text("a\u{1B}[31m\u{9B}2J\u{7F}\u{202E}b")
        let terminal = JSONText(style: .plain, columnCount: 80, isForTerminal: true)
        #expect(terminal.line(hostile) == #""a\u001b[31m\u009b2J\u007f\u202eb""#)
        #expect(try CBORValue(json: terminal.line(hostile)) == hostile)
    }
}
