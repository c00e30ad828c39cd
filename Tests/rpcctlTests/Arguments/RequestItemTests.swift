import Testing

@testable import rpcctl

@Suite("The grammar of key=value")
struct RequestItemTests {
    @Test(
        "A word is a path, a separator and a value",
        arguments: [
            ("title=Hello", "title", .text("Hello")),
            ("title=", "title", .text("")),
            ("title=a=b", "title", .text("a=b")),
            ("title==b", "title", .text("=b")),
            ("count:=3", "count", .json("3")),
            ("body=@file.bin", "body", .file("file.bin")),
            ("body=@-", "body", .file("-")),
            ("settings:=@file.json", "settings", .jsonFile("file.json")),
            ("address=\\@home", "address", .text("@home")),
            ("a:b=c", "a:b", .text("c")),
            ("time=12:30", "time", .text("12:30")),
            ("a.b=x", "a.b", .text("x")),
            ("a.b.c:=[1]", "a.b.c", .json("[1]")),
            ("tags[]=x", "tags[]", .text("x")),
            ("tags[3]=x", "tags[3]", .text("x")),
            ("parts[].text=x", "parts[].text", .text("x")),
            ("settings[theme]=dark", "settings.theme", .text("dark")),
            ("grid[0][1]:=7", "grid[0][1]", .json("7")),
        ] as [(String, String, RequestItem.Value)])
    func words(_ word: String, path: String, value: RequestItem.Value) throws {
        let item = try RequestItem(parsing: word)
        #expect("\(item.path)" == path)
        #expect(item.value == value)
    }

    @Test("A backslash takes the next character literally")
    func escapes() throws {
        let item = try RequestItem(parsing: #"a\.b\=c\[0]=x"#)
        #expect(item.path.components == [.key("a.b=c[0]")])
        let bracket = try RequestItem(parsing: #"map[\7]=x"#)
        #expect(bracket.path.components == [.key("map"), .key("7")])
        let dotted = try RequestItem(parsing: "map[x.y=z]=1")
        #expect(dotted.path.components == [.key("map"), .key("x.y=z")])
    }

    @Test(
        "A word that is no item is refused with the word itself and status 65",
        arguments: ["", "title", "=x", ":=x", ".a=x", "a.=x", "a..b=x", "a[=x", "a[0=x", "[]=x"])
    func refusals(_ word: String) throws {
        let failure = try #require(throws: CommandFailure.self) {
            try RequestItem(parsing: word)
        }
        #expect(failure.status == .invalidRequest)
        #expect(failure.message.contains("“\(word)”"))
    }
}
