import Testing
import Wire

@testable import rpcctl

@Suite("Items put together into a request")
struct RequestTreeTests {
    private func tree(_ words: [String], base: String? = nil) throws -> RequestNode {
        var tree = try base.map { RequestTree(base: try CBORValue(json: $0)) } ?? RequestTree()
        let files = FileSource { path in Array(#"{"from":"\#(path)"}"#.utf8) }
        for word in words { try tree.insert(RequestItem(parsing: word), files: files) }
        return tree.root
    }

    @Test("Paths make objects and arrays as they go")
    func nesting() throws {
        let root = try self.tree(["a.b=1", "a.c=2", "list[]=x", "list[]=y", "parts[].text=z"])
        #expect(
            root
                == .object([
                    RequestEntry(
                        name: "a",
                        node: .object([
                            RequestEntry(name: "b", node: .text("1")),
                            RequestEntry(name: "c", node: .text("2")),
                        ])),
                    RequestEntry(name: "list", node: .array([.text("x"), .text("y")])),
                    RequestEntry(
                        name: "parts",
                        node: .array([.object([RequestEntry(name: "text", node: .text("z"))])])),
                ]))
    }

    @Test("An index reaches back into an element")
    func indices() throws {
        let root = try self.tree(["p[].a=1", "p[0].b=2", "p[1].a=3"])
        let first = [
            RequestEntry(name: "a", node: .text("1")), RequestEntry(name: "b", node: .text("2")),
        ]
        let second = [RequestEntry(name: "a", node: .text("3"))]
        #expect(root.entries?[0].node == .array([.object(first), .object(second)]))
    }

    @Test("Items override and extend a whole request given as JSON")
    func overriding() throws {
        let root = try self.tree(
            ["title=new", "settings.size:=2"], base: #"{"title":"old","settings":{"theme":"dark"}}"#
        )
        let settings = [
            RequestEntry(name: "theme", node: .json("dark")),
            RequestEntry(name: "size", node: .json(2)),
        ]
        #expect(
            root.entries == [
                RequestEntry(name: "title", node: .text("new")),
                RequestEntry(name: "settings", node: .object(settings)),
            ])
    }

    @Test("JSON can come from a file")
    func jsonFile() throws {
        let root = try self.tree(["a:=@x.json"])
        #expect(root.entries?[0].node == .json(.object([("from", "x.json")])))
    }

    @Test(
        "Items that contradict each other are refused",
        arguments: [
            (["a=1", "a=2"], "given twice"),
            (["a.b=1", "a=2"], "given twice"),
            (["a=1", "a.b=2"], "gives fields"),
            (["a=1", "a[]=2"], "gives elements"),
            (["a[]=1", "a.b=2"], "gives fields"),
            (["a[2]=1"], "leaves a gap: the next element is [0]"),
            (["a:={"], "Not JSON in a"),
        ])
    func contradictions(_ words: [String], problem: String) throws {
        let failure = try #require(throws: CommandFailure.self) { try self.tree(words) }
        #expect(failure.status == .invalidRequest)
        #expect(failure.message.contains(problem), "\(failure.message)")
    }
}
