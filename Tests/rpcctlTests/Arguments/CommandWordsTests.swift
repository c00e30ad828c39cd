import Testing

@testable import rpcctl

@Suite("The words of a command line")
struct CommandWordsTests {
    private static let commands = ["list", "call", "help"]

    @Test(
        "General options may stand before the command",
        arguments: [
            (["list"], ["list"]),
            (["--context", "a", "list", "b"], ["list", "--context", "a", "b"]),
            (
                ["--format=json", "--context", "a", "call", "x"],
                ["call", "--format=json", "--context", "a", "x"]
            ),
            (["call", "--context", "a"], ["call", "--context", "a"]),
            (["--nonsense", "list"], ["--nonsense", "list"]),
            (["--context"], ["--context"]),
            ([], []),
        ])
    func order(_ words: [String], expected: [String]) throws {
        #expect(try CommandWords.ordered(words, commands: Self.commands) == expected)
    }

    @Test(
        "A command that does not exist is answered with what was probably meant",
        arguments: [
            ("lst", "did you mean “list”?"), ("identity.SignIn", "rpcctl call identity.SignIn"),
            ("zzz", "rpcctl help"),
        ])
    func unknown(_ word: String, hint: String) throws {
        let failure = try #require(throws: CommandFailure.self) {
            try CommandWords.ordered([word], commands: Self.commands)
        }
        #expect(failure.status == .usage)
        #expect(failure.hints == [hint])
    }
}
