import Foundation
import Glibc
import Testing

@testable import rpcctl

/// Real shells on a terminal of their own, with a person's fingers on the tab key.
@Suite("Completion, by real shells", .serialized, .timeLimit(.minutes(2)))
struct ShellTests {
    enum Shell: String, CaseIterable, Sendable {
        case bash
        case zsh
        case fish

        var path: String? {
            ["/usr/bin/", "/bin/"].map { $0 + self.rawValue }.first { access($0, X_OK) == 0 }
        }

        /// Without a person's own configuration.
        var arguments: [String] {
            switch self {
            case .bash: ["--norc", "--noprofile", "-i"]
            case .zsh: ["-f", "-i"]
            case .fish: ["--no-config", "-i"]
            }
        }

        func preparation(_ script: String) -> String {
            switch self {
            case .bash: "PS1='$ '; source \(script)"
            case .zsh: "PS1='$ '; autoload -Uz compinit; compinit -u -D; source \(script)"
            case .fish: "function fish_prompt; echo '$ '; end; source \(script)"
            }
        }

        static let installed = Self.allCases.filter { $0.path != nil }
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let typed: String
        let completed: String
        var testDescription: String { self.typed }

        init(_ typed: String, _ completed: String) {
            self.typed = typed
            self.completed = completed
        }
    }

    static let cases = [
        Case("rpcctl benc", "rpcctl bench "),
        Case("rpcctl call lab.Arc", "rpcctl call lab.Archive "),
        Case("rpcctl call lab lab.Arc", "rpcctl call lab lab.Archive "),
        Case("rpcctl call lab.Archive mod", "rpcctl call lab.Archive mode="),
        Case("rpcctl call lab.Archive mode=mo", "rpcctl call lab.Archive mode=move "),
        Case("rpcctl call lab.Archive mode=copy dep", "rpcctl call lab.Archive mode=copy depth="),
        Case("rpcctl bench lab.Repeat tex", "rpcctl bench lab.Repeat text="),
        Case("rpcctl health la", "rpcctl health lab "),
        Case("rpcctl call lab.Archive --form", "rpcctl call lab.Archive --format "),
    ]

    @Test(
        "Tab completes commands, methods, fields and values", arguments: Shell.installed, Self.cases
    )
    func tab(shell: Shell, test: Case) async throws {
        let lab = try await Lab()
        let script = lab.directory.path + "/completions"
        let scripts = try await lab.run("completions", shell.rawValue)
        #expect(scripts.status == 0 && scripts.errors == "")
        lab.directory.write(scripts.output, to: "completions")
        let folder = String(RunningCommand.executable.dropLast("/rpcctl".count))
        let path = try #require(shell.path)
        let command = try RunningCommand.startOnTerminal(
            shell.arguments,
            environment: lab.environment(["PATH": "\(folder):/usr/bin:/bin"]), executable: path)
        command.type(shell.preparation(script) + "; echo rea''dy\n")
        await command.expect("ready")
        // What a tab leaves the cursor behind shows in what is typed next.  The line is printed
        // instead of run: Ctrl-A goes to its beginning.
        command.type(test.typed + "\tZ\u{01}echo : \nexit\n")
        let result = await command.result()
        let lines = Self.withoutStyle(result.output).split(whereSeparator: \.isNewline)
        #expect(
            lines.contains(": \(test.completed)Z"), "\(result.output.debugDescription)")
        await lab.stop()
    }

    @Test("A shell that is not known is 64, with the one that was meant")
    func unknown() async throws {
        let lab = try await Lab()
        let result = try await lab.run("completions", "bahs")
        #expect(result.status == 64)
        #expect(result.errors.contains("did you mean “bash”?"))
        await lab.stop()
    }

    private static func withoutStyle(_ text: String) -> String {
        text.replacing(/\u{1B}\[[0-9;?]*[a-zA-Z]/, with: "")
    }
}
