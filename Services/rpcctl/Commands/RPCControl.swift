import ArgumentParser
import Glibc
import RPC

/// Steward's command line.
@main
struct RPCControl: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rpcctl",
        abstract: "Talks to Steward's services.",
        subcommands: [
            ListCommand.self, DescribeCommand.self, CallCommand.self, SignInCommand.self,
            WhoamiCommand.self, SignOutCommand.self, HealthCommand.self, StatsCommand.self,
            BenchCommand.self, AuditCommand.self, VaultCommand.self, SnapshotCommand.self,
            DiffCommand.self, ContextCommand.self, CompletionsCommand.self, VersionCommand.self,
            ExitCodesCommand.self,
        ])

    static let _errorPrefix = "error: "

    /// Runs the command line and ends the process with its exit code.
    static func main() async {
        Interruption.install()
        let status = await withTaskGroup(of: ExitStatus?.self) { group in
            group.addTask { await Self.runCommand() }
            group.addTask {
                await Interruption.wait()
                return nil
            }
            while let ended = await group.next() {
                // Either the signal ends the command, or the command's end the wait for it.
                group.cancelAll()
                if let status = ended { return status }
            }
            return .unspecified
        }
        TerminalEcho.restore()
        Glibc.exit((Interruption.status ?? status).number)
    }

    private static let helpWords: Set = ["--help", "-h", "help"]

    private static func runCommand() async -> ExitStatus {
        do {
            let output = OutputStream.standardOutput
            let arguments = Array(CommandLine.arguments.dropFirst())
            if arguments.isEmpty || arguments.count == 1 && Self.helpWords.contains(arguments[0]) {
                try output.write(HelpPage.overview(style: output.style))
                return .success
            }
            if arguments == ["--version"] {
                try output.write(Version.current + "\n")
                return .success
            }
            let commands = Self.configuration.subcommands.compactMap {
                $0.configuration.commandName
            }
            let words = try CommandWords.ordered(
                arguments, commands: commands + ["help"])
            var command = try await Self.asyncParseAsRoot(words)
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
            return .success
        } catch {
            return Self.report(error)
        }
    }

    /// Says what went wrong on standard error, and gives the exit code for it.
    private static func report(_ error: any Error) -> ExitStatus {
        // An interrupted command ends quietly, whatever its parts said about being cancelled.
        if let status = Interruption.status { return status }
        switch error {
        case is OutputStream.ReaderLeft: return .success
        case is CancellationError: return .interrupted
        case let status as ExitStatusOnly: return status.status
        case let failure as CommandFailure: return self.show(failure)
        case let error as RPCError: return self.show(CommandFailure(error))
        default: return self.showParserMessage(error)
        }
    }

    private static func show(_ failure: CommandFailure) -> ExitStatus {
        let report = FailureReport(failure: failure)
        let output = OutputStream.standardError
        let text = Self.wantsJSON ? report.json() : report.text(style: output.style)
        // Nobody is left to tell when standard error is closed; the exit code still says it.
        try? output.write(text)
        return failure.status
    }

    /// Help pages and mistakes in the command line, in the parser's own words.
    private static func showParserMessage(_ error: any Error) -> ExitStatus {
        let status = ExitStatus(number: self.exitCode(for: error).rawValue)
        if status == .success {
            let output = OutputStream.standardOutput
            let page = HelpPage.polished(self.fullMessage(for: error), style: output.style)
            // As above: a closed output leaves only the exit code.
            try? output.write(page)
            return .success
        }
        guard status == .usage else {
            return self.show(
                CommandFailure(.unspecified, reason: "rpcctl.internal", "\(error)"))
        }
        if Self.wantsJSON { return self.show(.usage(self.message(for: error))) }
        let output = OutputStream.standardError
        let page = HelpPage.polished(self.fullMessage(for: error), style: output.style)
        // As above.
        try? output.write(page)
        return .usage
    }

    /// Whether failures are wanted as JSON; known even when the command line could not be read.
    private static var wantsJSON: Bool {
        let words = CommandLine.arguments.prefix { $0 != "--" }
        return words.contains("--format=json")
            || zip(words, words.dropFirst()).contains { $0 == "--format" && $1 == "json" }
    }
}

/// Ends a command whose result was already shown with an exit code other than 0.
struct ExitStatusOnly: Error {
    let status: ExitStatus
}
