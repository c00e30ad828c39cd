import RPC
import Testing
import Wire

@testable import rpcctl

@Suite("Requests typed by the schema")
struct RequestTypingTests {
    private static let id = "0199a0f0-0000-7000-8000-000000000001"
    private static let required = ["conversationID=\(Self.id)", "text=hi", "role=user"]

    private func typed(_ words: [String], json: String? = nil) throws -> CBORValue {
        let files = FileSource { path in
            switch path {
            case "bytes": [0, 255, 10]
            case "number": Array("7\n".utf8)
            case "text": Array("two\nlines\n".utf8)
            default: throw CommandFailure.invalidRequest("no such file")
            }
        }
        var tree = try json.map { RequestTree(base: try CBORValue(json: $0)) } ?? RequestTree()
        for word in words { try tree.insert(RequestItem(parsing: word), files: files) }
        return try RequestTyping(files: files).value(tree.root, as: Schemas.message)
    }

    @Test(
        "Text becomes what its field asks for",
        arguments: [
            ("temperature=0.5", "temperature", .float(0.5)),
            ("temperature=1", "temperature", .float(1)),
            ("limit=20", "limit", .unsigned(20)),
            ("limit=18446744073709551615", "limit", .unsigned(.max)),
            ("offset=-3", "offset", .negative(2)),
            ("offset=-0", "offset", .unsigned(0)),
            ("isError=true", "isError", .bool(true)),
            ("at=2013-03-21T20:04:00Z", "at", .tagged(1, .unsigned(1_363_896_240))),
            ("at=2013-03-21T21:04:00.5+01:00", "at", .tagged(1, .float(1_363_896_240.5))),
            ("cost=-12.50", "cost", .tagged(4, .array([.negative(0), .negative(124)]))),
            ("image=AP8K", "image", .bytes([0, 255, 10])),
            ("image=_-8", "image", .bytes([255, 239])),
            ("image=@bytes", "image", .bytes([0, 255, 10])),
            ("tags[]=a", "tags", .array(["a"])),
            ("tags:=[\"a\",\"b\"]", "tags", .array(["a", "b"])),
            ("counters.a=4", "counters", .map([CBORPair("a", 4)])),
            ("counters[x.y]:=5", "counters", .map([CBORPair("x.y", 5)])),
            ("parts[].size=9", "parts", .array([.map([CBORPair("size", 9)])])),
            ("metadata=free", "metadata", "free"),
            ("metadata:={\"a\":[1,null]}", "metadata", .map([CBORPair("a", [1, .null])])),
            ("metadata.a.b=1", "metadata", .map([CBORPair("a", .map([CBORPair("b", "1")]))])),
            ("limit=@number", "limit", .unsigned(7)),
        ] as [(String, String, CBORValue)])
    func text(_ word: String, field: String, value: CBORValue) throws {
        #expect(try self.typed(Self.required + [word])[field] == value)
    }

    @Test("A file given to a string field is sent as it is, newline and all")
    func textFile() throws {
        let words = ["conversationID=\(Self.id)", "text=@text", "role=user"]
        #expect(try self.typed(words)["text"] == "two\nlines\n")
    }

    @Test("A UUID is sent as its 16 bytes")
    func uuid() throws {
        let bytes: [UInt8] = [1, 153, 160, 240, 0, 0, 112, 0, 128, 0, 0, 0, 0, 0, 0, 1]
        #expect(try self.typed(Self.required)["conversationID"] == .tagged(37, .bytes(bytes)))
    }

    @Test("Fields are sent in the order of the schema, and null like absent")
    func order() throws {
        let json = """
            {"role":"user","limit":null,"text":"hi","conversationID":"\(Self.id)"}
            """
        let keys = try self.typed([], json: json).mapValue?.map(\.key)
        #expect(keys == ["conversationID", "text", "role"])
    }

    @Test(
        "What does not fit is refused with the field, its type and what it takes",
        arguments: [
            ("temperature=warm", "“temperature” (float) takes a number, not “warm”."),
            ("limit=-1", "“limit” (unsigned) takes a number from 0, not “-1”."),
            ("limit=+1", "“limit” (unsigned) takes a whole number, not “+1”."),
            ("offset=1.5", "“offset” (integer) takes a whole number, not “1.5”."),
            ("offset:=1.5", "“offset” (integer) takes a whole number, not “1.5”."),
            ("offset:=true", "“offset” (integer) can't be a boolean."),
            ("isError=yes", "“isError” (boolean) takes true or false, not “yes”."),
            ("isError:=1", "“isError” (boolean) can't be a number."),
            ("at=tomorrow", "“at” (date) takes a time in RFC 3339, not “tomorrow”."),
            ("image=%%%", "“image” (bytes) takes base64, not “%%%”."),
            ("cost=1,5", "“cost” (decimal) takes a decimal number, not “1,5”."),
            ("tags=a", "“tags” takes [string]."),
            ("tags[].x=a", "“tags[0]” (string) has no fields of its own."),
            ("parts[].size=big", "“parts[0].size” (integer) takes a whole number, not “big”."),
            ("parts[]:={}", "Missing the required field “parts[0].size” (integer)."),
            ("counters=1", "“counters” (map of integer) takes an object."),
            ("sizes=1", "There is no field “sizes”."),
        ])
    func refusals(_ word: String, message: String) throws {
        let failure = try #require(throws: CommandFailure.self) {
            try self.typed(Self.required + [word])
        }
        #expect(failure.status == .invalidRequest)
        #expect(failure.message == message)
    }

    @Test("A wrong case of an enumeration is answered with the right one")
    func enumeration() throws {
        let failure = try #require(throws: CommandFailure.self) {
            try self.typed(["conversationID=\(Self.id)", "text=hi", "role=asistant"])
        }
        #expect(
            failure.message
                == "“role” (enumeration) takes one of user or assistant, not “asistant”.")
        #expect(failure.hints == ["did you mean “assistant”?"])
    }

    @Test("A misspelt field is answered with the field that was meant")
    func misspelt() throws {
        let failure = try #require(throws: CommandFailure.self) {
            try self.typed(Self.required + ["temprature=1"])
        }
        #expect(failure.hints == ["did you mean “temperature”?"])
    }

    @Test("All missing fields are named at once, with their types and how to give them")
    func missing() throws {
        let failure = try #require(throws: CommandFailure.self) { try self.typed(["text=hi"]) }
        #expect(
            failure.message
                == "Missing the required fields “conversationID” (uuid) "
                + "and “role” (user|assistant)."
        )
        #expect(
            failure.hints
                == ["conversationID=UUID role=user"])
    }

    @Test("A type that refers back to itself takes any object")
    func recursion() throws {
        let node = TypeDescription(kind: .object, name: "Node")
        let typing = RequestTyping(files: FileSource { _ in [] })
        let json = try CBORValue(json: #"{"next":{"next":null}}"#)
        #expect(try typing.value(.json(json), as: node) == json)
    }

    @Test("The template fits its own schema")
    func template() throws {
        let template = RequestTemplate.value(of: Schemas.message)
        let typing = RequestTyping(files: FileSource { _ in [] })
        let value = try typing.value(.json(template), as: Schemas.message)
        #expect(value.mapValue?.map(\.key) == ["conversationID", "text", "role"])
        #expect(template.mapValue?.count == Schemas.message.fields?.count)
        #expect(
            RequestTemplate.commandLine(method: "c.Append", request: Schemas.message)
                == "rpcctl call c.Append conversationID=UUID text=TEXT role=user")
    }
}
