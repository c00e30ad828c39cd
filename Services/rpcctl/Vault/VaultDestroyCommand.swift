import ArgumentParser
import RPC
import VaultAPI

/// Runs `rpcctl vault destroy`.
struct VaultDestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Destroys a secret or a version for ever.",
        discussion: """
            The keys go: nobody can read it ever again, from no backup of the database. Where the \
            secret asks for a second person, it waits for rpcctl vault approve.
            """)

    @OptionGroup var secret: SecretOptions

    @Option(
        name: .customLong("value-version"),
        help: ArgumentHelp("Which version; the whole secret if absent.", valueName: "version"))
    var version: Int64?

    @Option(help: "Why, for whoever reads the log later.")
    var reason: String

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        try self.options.show(
            try await connection.ask(
                DestroySecret(
                    secretID: try await connection.secret(self.secret).id, version: self.version,
                    reason: self.reason)))
    }
}

/// Runs `rpcctl vault approve`.
struct VaultApproveCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "approve",
        abstract: "Approves a destruction that somebody else asked for; lists them without an id.")

    @Argument(help: "The destruction's id.")
    var id: UUIDArgument?

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        guard let id = self.id?.id else {
            return try self.options.show(try await connection.ask(ListDestructions()))
        }
        try self.options.show(try await connection.ask(ApproveDestruction(id: id)))
    }
}
