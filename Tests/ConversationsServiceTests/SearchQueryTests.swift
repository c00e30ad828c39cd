import RPC
import Testing

@testable import ConversationsService

@Suite struct SearchQueryTests {
    @Test func `words, phrases, exclusions and beginnings are told apart`() throws {
        let query = try SearchQuery("red \"blue moon\" -green -\"dark sea\" star* OR sun \"one\"")
        #expect(query.words == ["red", "blue", "moon", "sun", "one"])
        #expect(query.phrases == ["blue moon"])
        #expect(query.excludedWords == ["green"])
        #expect(query.excludedPhrases == ["dark sea"])
        #expect(query.prefixes == ["star"])
    }

    @Test(arguments: [
        "\"open", "a\"b\"c", "--x y", "* a", "a*", "'; DROP TABLE x; -- y", "a:* | !b",
    ])
    func `whatever is typed is read without failing`(text: String) throws {
        let query = try SearchQuery(text)
        #expect(!query.words.isEmpty || !query.prefixes.isEmpty)
    }

    @Test(arguments: ["", "   ", "-only", "\"\"", "OR", "a\u{0}b"])
    func `a query that names nothing is refused`(text: String) {
        #expect(throws: RPCError.self) { try SearchQuery(text) }
    }

    @Test func `queries are bounded`() throws {
        #expect(throws: Never.self) {
            try SearchQuery((1...32).map { "w\($0)" }.joined(separator: " "))
        }
        #expect(throws: RPCError.self) {
            try SearchQuery((1...33).map { "w\($0)" }.joined(separator: " "))
        }
        #expect(throws: RPCError.self) { try SearchQuery(String(repeating: "x", count: 1001)) }
    }
}
