import ArgumentParser
import RPC
import VaultAPI

/// Runs `rpcctl vault access`.
struct VaultAccessCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "access", abstract: "Shows who used a secret, the newest first.")

    @OptionGroup var secret: SecretOptions

    @Option(help: ArgumentHelp("Only what this person did.", valueName: "uuid"))
    var user: UUIDArgument?

    @Flag(help: "Only attempts that were refused.")
    var refused = false

    @Option(help: ArgumentHelp("Only from this time on, such as 7d.", valueName: "time"))
    var since: MomentArgument?

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        try self.options.show(
            try await connection.ask(
                ListSecretAccess(
                    secretID: try await connection.secret(self.secret).id, userID: self.user?.id,
                    isSuccess: self.refused ? false : nil, from: self.since?.date, pageSize: 100)))
    }
}

/// Runs `rpcctl vault connections`.
struct VaultConnectionsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "connections",
        abstract: "Lists how models and other systems are reached, and by which secrets.",
        discussion: "To make and change them: rpcctl call vault.CreateConnection …")

    @OptionGroup var options: VaultOptions

    func run() async throws {
        try self.options.show(
            try await self.options.connection().ask(ListConnections(pageSize: 500)))
    }
}
