import RPC
import Testing
import Wire

@testable import rpcctl

@Suite("Tables")
struct TableTests {
    private static let users: CBORValue = .object([
        (
            "users",
            .array([
                .object([
                    ("id", .tagged(37, .bytes([UInt8](repeating: 7, count: 16)))),
                    ("name", "Ada"), ("isActive", true), ("roles", ["admin", "editor"]),
                ]),
                .object([
                    ("id", .tagged(37, .bytes([UInt8](repeating: 8, count: 16)))),
                    ("name", "北京"), ("isActive", false), ("phone", "+49 30 1234"),
                ]),
            ])
        ),
        ("nextPage", "abc"),
    ])

    @Test("A list of objects is shown by rows, what came beside it below")
    func rows() {
        let table = ReplyTable(type: nil, style: .plain)
        #expect(
            table.text(Self.users, columnCount: nil) == """
                ID                                    NAME  ISACTIVE  ROLES          PHONE
                07070707-0707-0707-0707-070707070707  Ada   true      admin, editor
                08080808-0808-0808-0808-080808080808  北京  false                    +49 30 1234

                nextPage  abc

                """)
    }

    @Test("A narrow terminal gets fewer columns, whole identifiers, and is told what is missing")
    func narrow() {
        let text = ReplyTable(type: nil, style: .plain).text(Self.users, columnCount: 60)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines.allSatisfy { $0.displayWidth <= 60 }, "\(text)")
        #expect(lines[1].hasPrefix("07070707-0707-0707-0707-070707070707"))
        #expect(text.contains("not shown: "))
    }

    @Test("A single object is shown by fields")
    func fields() {
        let value: CBORValue = .object([
            ("title", "Hello"), ("isPinned", false), ("count", 3),
            ("settings", .object([("a", 1)])),
        ])
        #expect(
            ReplyTable(type: nil, style: .plain).text(value, columnCount: nil) == """
                title       Hello
                isPinned    false
                count       3
                settings.a  1

                """)
    }

    @Test("An empty list says so")
    func none() {
        let text = ReplyTable(type: nil, style: .plain)
            .text(.object([("users", [])]), columnCount: nil)
        #expect(text == "none\n")
    }

    @Test("A stream's rows line up under one heading")
    func stream() {
        var table = StreamTable(
            type: Schemas.object(
                "Event", [Schemas.field("position", .integer), Schemas.field("kind", .string)]))
        let first = table.line(.object([("position", 1), ("kind", "created")]), style: .plain)
        let second = table.line(.object([("position", 12)]), style: .plain)
        #expect(first == "POSITION  KIND\n1         created\n")
        #expect(second == "12\n")
    }

    @Test("Control characters in a cell are shown, not sent")
    func controls() {
        let value: CBORValue = .object([("name", "a\u{1B}[2Jb\nc\u{9B}d")])
        let text = ReplyTable(type: nil, style: .plain).text(value, columnCount: nil)
        #expect(text == "name  a\\u{1b}[2Jb\\nc\\u{9b}d\n")
    }

    @Test(
        "Widths are counted as a terminal counts them",
        arguments: [("abc", 3), ("é", 1), ("e\u{301}", 1), ("北京", 4), ("👩‍👩‍👧", 2), ("", 0)])
    func widths(_ text: String, width: Int) {
        #expect(text.displayWidth == width)
    }
}
