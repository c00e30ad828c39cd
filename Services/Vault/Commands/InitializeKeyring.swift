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

    @OptionGroup var recovery: RecoveryKeyOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            let settings = try self.options.settings(for: VaultService.definition)
            let recovery = try self.recovery.publicKey()
            let keyring = try Keyring(
                creatingIn: KeyringSettings.directory(settings),
                rootKey: try RootKeyFile.load(settings.credentials),
                recovery: recovery)
            for line in KeyringDescription(keyring.writer.withState { $0 }, keyring.vaultID).lines {
                print(line)
            }
            keyring.close()
        }
    }
}
