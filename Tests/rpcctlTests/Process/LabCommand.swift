@testable import rpcctl

extension Lab {
    /// The variables of a person who uses this lab and nothing else.
    func environment(_ more: [String: String] = [:]) -> [String: String] {
        [
            "HOME": self.directory.path, "TERM": "xterm",
            "STEWARD_RUNTIME_DIRECTORY": self.runtimeDirectory,
        ].merging(more) { $1 }
    }

    /// Runs rpcctl to its end.
    func run(
        _ arguments: String..., input: String = "", environment: [String: String] = [:]
    ) async throws -> RunningCommand.Result {
        try await RunningCommand.start(
            arguments, environment: self.environment(environment), input: input
        ).result()
    }

    func start(_ arguments: String..., input: String? = "") throws -> RunningCommand {
        try RunningCommand.start(arguments, environment: self.environment(), input: input)
    }

    func startOnTerminal(_ arguments: String...) throws -> RunningCommand {
        try RunningCommand.startOnTerminal(arguments, environment: self.environment())
    }

    func signIn() async throws {
        _ = try await self.run(
            "sign-in", "--identifier", "ada@example.org", input: Self.password + "\n")
    }
}
