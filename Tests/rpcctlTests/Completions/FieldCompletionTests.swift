import RPC
import Testing

@testable import rpcctl

@Suite("Completing requests")
struct FieldCompletionTests {
    private func candidates(_ prefix: String, given: [String] = []) throws -> [String] {
        let archive = try MethodDescription(unary: Archive.self)
        return FieldCompletion(request: archive.request, given: given).candidates(for: prefix)
    }

    @Test("Fields are offered with what comes after them, also those of fields")
    func fields() throws {
        #expect(
            try self.candidates("") == [
                "folderID=", "mode=", "depth=", "tags[]=", "owner.name=", "owner.since=",
            ])
        #expect(try self.candidates("ow") == ["owner.name=", "owner.since="])
        #expect(try self.candidates("x").isEmpty)
    }

    @Test("A field that is given is not offered again, unless it takes several values")
    func given() throws {
        let candidates = try self.candidates("", given: ["mode=copy", "depth:=1", "tags[]=a"])
        #expect(candidates == ["folderID=", "tags[]=", "owner.name=", "owner.since="])
    }

    @Test(
        "Values are offered where there are only a few",
        arguments: [
            ("mode=", ["mode=copy", "mode=move"]), ("mode=m", ["mode=move"]), ("depth=", []),
            ("mode:=", []), ("nothing=", []), ("=", []),
        ])
    func values(prefix: String, candidates: [String]) throws {
        #expect(try self.candidates(prefix) == candidates)
    }

    @Test("Values of elements, of entries and of booleans are offered too")
    func deep() {
        let colour = TypeDescription(kind: .enumeration, cases: ["red", "blue"])
        let type = Schemas.object(
            "Paint",
            [
                Schemas.field("all", TypeDescription(kind: .array, elements: [colour])),
                Schemas.field("by", TypeDescription(kind: .map, elements: [colour])),
                Schemas.field("isWet", .boolean),
            ])
        let completion = FieldCompletion(request: type, given: [])
        #expect(completion.candidates(for: "") == ["all[]=", "by[", "isWet="])
        #expect(completion.candidates(for: "all[]=b") == ["all[]=blue"])
        #expect(completion.candidates(for: "by[wall]=r") == ["by[wall]=red"])
        #expect(completion.candidates(for: "isWet=") == ["isWet=true", "isWet=false"])
    }

    @Test("A line is read up to the word in question: options and their values are no fields")
    func line() {
        let line = CompletionLine(
            words: [
                "rpcctl", "call", "--format", "json", "--no-token", "--address=unix:/a", "lab",
                "lab.Archive", "--json", "@request.json", "mode=copy", "de",
            ], index: 11)
        #expect(line.address == "unix:/a")
        #expect(line.target?.method == "lab.Archive")
        #expect(line.target?.namedService == "lab")
        #expect(line.target?.rest == ["mode=copy"])
        let file = CompletionLine(words: ["rpcctl", "call", "--upload", "a.b", ""], index: 4)
        #expect(file.target == nil)
    }
}
