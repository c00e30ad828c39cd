import Testing

@testable import ConversationsService

@Suite struct JSONSplitterTests {
    private func events(
        _ text: String,
        chunk: Int = .max,
        limit: Int = 100,
        plan: (JSONPath) -> JSONSplitter.Action
    ) throws -> [JSONSplitter.Event] {
        var splitter = JSONSplitter(valueByteCount: limit)
        var events: [JSONSplitter.Event] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            splitter.feed(rest.prefix(chunk))
            rest = rest.dropFirst(min(chunk, rest.count))
            while let event = try splitter.nextEvent(plan) { events.append(event) }
        }
        try splitter.finish()
        return events
    }

    private func plan(_ path: JSONPath) -> JSONSplitter.Action {
        if path.count < 2 { return .descend }
        return path.last == .name("skip") ? .skip : .take
    }

    private func text(_ text: String) -> [UInt8] { Array(text.utf8) }

    @Test(arguments: [1, 2, 3, 7, 1000])
    func `a document gives the same events in chunks of any size`(chunk: Int) throws {
        let document = """
            \u{FEFF} [ {"a" : "x\\"]}" ,"skip":{"deep":[1,{"b":"]"}]}, "n\\u0061me":[1, 2]}, 17,\
             {} , {"e":-1.5e3,"t":true} ] \n
            """
        let events = try self.events(document, chunk: chunk, plan: self.plan)
        #expect(
            events == [
                .began([]), .began([.index(0)]),
                .value([.index(0), .name("a")], self.text(#""x\"]}""#)),
                .value([.index(0), .name("name")], self.text("[1, 2]")),
                .ended([.index(0)]), .value([.index(1)], self.text("17")),
                .began([.index(2)]), .ended([.index(2)]), .began([.index(3)]),
                .value([.index(3), .name("e")], self.text("-1.5e3")),
                .value([.index(3), .name("t")], self.text("true")),
                .ended([.index(3)]), .ended([]),
            ]
        )
    }

    @Test func `a value at the bound is taken, one beyond it is told as too long`() throws {
        let fits = "[[\"" + String(repeating: "x", count: 98) + "\"]]"
        #expect(try self.events(fits, chunk: 13, plan: self.plan).count == 5)
        let long = "[[\"" + String(repeating: "x", count: 99) + "\", 1]]"
        #expect(
            try self.events(long, chunk: 13, plan: self.plan) == [
                .began([]), .began([.index(0)]), .oversized([.index(0), .index(0)]),
                .value([.index(0), .index(1)], self.text("1")), .ended([.index(0)]), .ended([]),
            ]
        )
    }

    @Test(arguments: [
        "", "[", "[1", "[1,]", "[,1]", "{\"a\"}", "{\"a\":}", "{a:1}", "{\"a\":1,}", "[1]]",
        "[1 2]",
        "{\"a\":1]", "]", "[\"x", "{\"\\ud800\":1}", "\u{1}", "[1}",
    ])
    func `a malformed document is refused`(text: String) {
        #expect(throws: JSONSplitter.Failure.self) {
            _ = try self.events(text) { $0.count < 3 ? .descend : .take }
        }
    }

    @Test func `nesting that is visited and names are bounded`() {
        #expect(throws: JSONSplitter.Failure.self) {
            _ = try self.events(String(repeating: "[", count: 40)) { _ in .descend }
        }
        #expect(throws: JSONSplitter.Failure.self) {
            _ = try self.events("{\"" + String(repeating: "n", count: 2000)) { _ in .descend }
        }
    }

    @Test func `what is skipped may nest as deep as it likes`() throws {
        let deep = String(repeating: "[", count: 100_000) + String(repeating: "]", count: 100_000)
        #expect(
            try self.events("[[1,{\"skip\":" + deep + "}]]", chunk: 999) { path in
                path.last == .name("skip") ? .skip : .descend
            }.count == 7
        )
    }
}
