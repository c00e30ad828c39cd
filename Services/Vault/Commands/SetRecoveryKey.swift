internal import ArgumentParser
internal import ServiceKit

/// `steward-vault set-recovery-key`
struct SetRecoveryKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set-recovery-key",
        abstract: "Seal the root key to another recovery key.",
        discussion: """
            For use while the service is stopped. From then on the new recovery key opens the \
            keyring and its mirror. A copy of the keyring from before is still opened by the old \
            one: where that may be in the wrong hands, rotate the root key as well.
            """)

    @OptionGroup var recovery: RecoveryKeyOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            let settings = try self.options.settings(for: VaultService.definition)
            let recovery = try self.recovery.publicKey()
            let change = try RootKeyChange(KeyringSettings.directory(settings))
            let image = try change.setRecovery(
                recovery, rootKey: try RootKeyFile.load(settings.credentials))
            for line in KeyringDescription(image.state, image.header.vaultID).lines {
                print(line)
            }
            print("recovery  \(recovery == nil ? "none" : "by the new recovery key")")
        }
    }
}
