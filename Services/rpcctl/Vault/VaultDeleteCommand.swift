import ArgumentParser
import RPC
import VaultAPI

/// Runs `rpcctl vault delete`.
struct VaultDeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Deletes a secret or a version, which can be undone.")

    @OptionGroup var secret: SecretOptions

    @Option(
        name: .customLong("value-version"),
        help: ArgumentHelp("Which version; the whole secret if absent.", valueName: "version"))
    var version: Int64?

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        let id = try await connection.secret(self.secret).id
        if let version {
            return try self.options.show(
                try await connection.ask(DeleteSecretVersion(secretID: id, version: version)))
        }
        try self.options.show(try await connection.ask(DeleteSecret(secretID: id)))
    }
}

/// Runs `rpcctl vault undelete`.
struct VaultUndeleteCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "undelete", abstract: "Brings a deleted secret or version back.")

    @OptionGroup var secret: SecretOptions

    @Option(
        name: .customLong("value-version"),
        help: ArgumentHelp("Which version; the whole secret if absent.", valueName: "version"))
    var version: Int64?

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        let id = try await connection.secret(self.secret).id
        if let version {
            return try self.options.show(
                try await connection.ask(UndeleteSecretVersion(secretID: id, version: version)))
        }
        try self.options.show(try await connection.ask(UndeleteSecret(secretID: id)))
    }
}
