import ArgumentParser
import RPC
import VaultAPI

/// Runs `rpcctl vault promote`.
struct VaultPromoteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "promote", abstract: "Makes the pending version current.")

    @OptionGroup var secret: SecretOptions
    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        let secret = try await connection.secret(self.secret)
        guard let version = secret.pendingVersion else {
            throw CommandFailure.usage("No version is pending.")
        }
        try self.options.show(
            try await connection.ask(
                MoveSecretLabel(
                    secretID: secret.id, label: .current, version: version,
                    expectedRevision: secret.revision)))
    }
}

/// Runs `rpcctl vault rollback`.
struct VaultRollbackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollback", abstract: "Makes the previous version current, or another one.")

    @OptionGroup var secret: SecretOptions

    @Option(
        help: ArgumentHelp("Which version; the previous one if absent.", valueName: "version"))
    var to: Int64?

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        let secret = try await connection.secret(self.secret)
        guard let version = self.to ?? secret.previousVersion else {
            throw CommandFailure.usage("There is no previous version.")
        }
        try self.options.show(
            try await connection.ask(
                MoveSecretLabel(
                    secretID: secret.id, label: .current, version: version,
                    expectedRevision: secret.revision)))
    }
}

/// Runs `rpcctl vault rotate`.
struct VaultRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate", abstract: "Has the vault, a hook or a peer make the next value now.")

    @OptionGroup var secret: SecretOptions

    @Option(help: "Why, for whoever looks at the versions later.")
    var reason: String?

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        let secret = try await connection.secret(self.secret)
        try self.options.show(
            try await connection.ask(
                RotateSecret(
                    secretID: secret.id, expectedVersion: secret.latestVersion,
                    reason: self.reason)))
    }
}
