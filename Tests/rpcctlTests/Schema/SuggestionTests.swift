import Testing

@testable import rpcctl

@Suite("Did you mean")
struct SuggestionTests {
    private static let names = ["title", "temperature", "conversationID", "systemPrompt"]

    @Test(
        "The nearest name is suggested when it is near",
        arguments: [
            ("titel", "title"), ("Title", "title"), ("temprature", "temperature"),
            ("conversationId", "conversationID"), ("conversation", "conversationID"),
            ("prompt", "systemPrompt"), ("tittle", "title"),
        ])
    func near(_ name: String, expected: String) {
        #expect(Suggestion.closest(to: name, among: Self.names) == expected)
    }

    @Test("Nothing is suggested when nothing is near", arguments: ["", "x", "model", "zzzzzzzz"])
    func far(_ name: String) {
        #expect(Suggestion.closest(to: name, among: Self.names) == nil)
    }

    @Test("A swap of neighbours counts once")
    func distance() {
        #expect(
            Suggestion.distance(Array("abcd".unicodeScalars), Array("abdc".unicodeScalars)) == 1)
        #expect(Suggestion.distance([], Array("abc".unicodeScalars)) == 3)
    }
}
