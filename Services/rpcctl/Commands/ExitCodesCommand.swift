import ArgumentParser

/// Runs `rpcctl help exit-codes`.
struct ExitCodesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exit-codes", abstract: "Explains the exit codes.",
        discussion: "\n" + ExitStatus.helpText)

    func run() throws {
        try OutputStream.standardOutput.write(ExitStatus.helpText + "\n")
    }
}
