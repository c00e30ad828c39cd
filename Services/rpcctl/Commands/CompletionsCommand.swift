import ArgumentParser

/// Runs `rpcctl completions`.
struct CompletionsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions",
        abstract: "Prints a script that teaches your shell rpcctl's words.",
        discussion: """

            Commands and options come from the script; services, methods, fields and the values \
            of enumerations are asked of the services that run.

              bash   rpcctl completions bash > ~/.local/share/bash-completion/completions/rpcctl
              zsh    rpcctl completions zsh > ~/.zfunc/_rpcctl, with fpath+=~/.zfunc before compinit
              fish   rpcctl completions fish > ~/.config/fish/completions/rpcctl.fish
            """)

    @Argument(help: "bash, zsh or fish.", completion: .list(["bash", "zsh", "fish"]))
    var shell: String

    func run() throws {
        guard let shell = CompletionShell(rawValue: self.shell) else {
            let names = CompletionShell.allCases.map(\.rawValue)
            let near = Suggestion.closest(to: self.shell, among: names)
            throw CommandFailure.usage(
                "There are scripts for \(names.joinedWords("and")), not for “\(self.shell)”.",
                hints: near.map { ["did you mean “\($0)”?"] } ?? [])
        }
        try OutputStream.standardOutput.write(CompletionScript.text(for: shell))
    }
}
