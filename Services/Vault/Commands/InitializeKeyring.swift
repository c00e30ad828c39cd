internal import ArgumentParser
internal import ServiceKit
internal import Sodium

/// `steward-vault init`
struct InitializeKeyring: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init",
        abstract: "Make the keyring of a new vault.",
        discussion: """
            Prints the vault's identifier and its identity: the public key that its replies are \
            signed with, which clients may be told to insist on.
            """)

    // A key in Base64 may begin with a hyphen.
    @Option(
        parsing: .unconditional, help: "The public key that create-recovery-key printed.")
    var recoveryKey: String?

    @Flag(help: "Go without a recovery key: whoever loses the root key loses every secret.")
    var withoutRecoveryKey = false

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            let settings = try self.options.settings(for: VaultService.definition)
            guard (self.recoveryKey == nil) == self.withoutRecoveryKey else {
                throw StartupError.configuration(
                    "Give either --recovery-key or --without-recovery-key.")
            }
            let keyring = try Keyring(
                creatingIn: KeyringSettings.directory(settings),
                rootKey: try RootKeyFile.load(settings.credentials),
                recovery: try self.recoveryKey.map { try RecoveryKeyFile.publicKey($0) })
            for line in KeyringDescription(keyring.writer.withState { $0 }, keyring.vaultID).lines {
                print(line)
            }
            keyring.close()
        }
    }
}
