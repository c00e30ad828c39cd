internal import Foundation
package import ProcessTestSupport

/// `rpcctl` as somebody uses it against an installation, with a configuration of its own.
package struct Terminal: Sendable {
    private let installation: Installation
    private let directory: URL

    /// Signs the administrator in.
    package static func ofAdministrator(_ installation: Installation) async throws -> Terminal {
        let line = Terminal(installation)
        let password = try String(
            contentsOf: installation.directory.appendingPathComponent("administrator"),
            encoding: .utf8)
        let outcome = try await line.run(
            "sign-in", "--identifier", "administrator@steward.internal", input: password)
        guard outcome.status == 0 else { throw TestFailure(outcome.output) }
        return line
    }

    /// For an installation, signed in as nobody.
    package init(_ installation: Installation) {
        self.installation = installation
        self.directory = installation.directory.appendingPathComponent(
            "rpcctl-\(UUID().uuidString.prefix(8))")
    }

    /// Runs `rpcctl` with some words.
    package func run(_ words: String..., input: String = "") async throws -> Program.Outcome {
        try await self.run(words, input: input)
    }

    /// Runs `rpcctl` with some words.
    package func run(_ words: [String], input: String = "") async throws -> Program.Outcome {
        try await Program.run(
            TestSettings.binaries.appendingPathComponent("rpcctl").path, words, input: input,
            environment: self.environment)
    }

    /// The key that the installation's log is verified with.
    package var auditKey: String {
        self.installation.directory.appendingPathComponent("audit-key.pub").path
    }

    private var environment: [String: String] {
        [
            "XDG_CONFIG_HOME": self.directory.appendingPathComponent("config").path,
            "XDG_STATE_HOME": self.directory.appendingPathComponent("state").path,
            "STEWARD_RUNTIME_DIRECTORY": self.installation.runtimeDirectory.path,
        ]
    }
}
