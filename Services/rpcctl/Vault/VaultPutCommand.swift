import ArgumentParser
import RPC
import SecretFormat
import VaultAPI

/// Runs `rpcctl vault put`.
struct VaultPutCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "put",
        abstract: "Puts a new value of a secret.",
        discussion: """
            The value is asked for without showing it, or read from standard input. It is sealed \
            here: the vault gets what it cannot read.
            """)

    @OptionGroup var secret: SecretOptions

    @Flag(help: "Keep the current version current: promote the new one later.")
    var pending = false

    @Flag(help: "Keep a newline at the end of standard input.")
    var exact = false

    @Option(
        help: ArgumentHelp(
            "Refuse unless this is the latest version; 0 for the first value.",
            valueName: "version"))
    var after: Int64?

    @Option(help: "Why, for whoever looks at the versions later.")
    var reason: String?

    @OptionGroup var identity: VaultIdentityOptions
    @OptionGroup var options: VaultOptions

    func run() async throws {
        let installation = try self.options.target.installation()
        let connection = try VaultConnection(installation)
        let secret = try await connection.secret(self.secret)
        var identity = try self.identity.known(installation)
        if identity == nil {
            identity = Array(try await connection.ask(GetSealingKey()).key.identityKey)
            try identity.map(installation.vaultIdentity.remember)
        }
        let client = VaultClient(asker: connection, identity: identity)
        let value = try SecretInput.read(
            "New value of \(secret.name.escapingControls()): ", isExact: self.exact)
        try Task.checkCancellation()
        do {
            let version = try await client.put(
                value, into: secret.id, after: self.after,
                label: self.pending ? .pending : .current, reason: self.reason)
            guard self.options.format.format == .table else {
                return try self.options.show(version)
            }
            try OutputStream.standardOutput.write(
                "Version \(version.number) of \(secret.name.escapingControls()) is "
                    + "\(self.pending ? "pending" : "current").\n")
        } catch let error as SecretFormatError {
            throw CommandFailure.unsealed(error)
        }
    }
}
