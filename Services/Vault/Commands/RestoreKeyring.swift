internal import ArgumentParser
internal import ServiceKit
internal import Sodium

/// `steward-vault restore-keyring`
struct RestoreKeyring: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore-keyring",
        abstract: "Put a copy of the keyring in the place of one that was lost.",
        discussion: """
            The copy is read whole and checked first. Without the root key, the recovery key \
            opens it; the root key is then written to a new file, to be given to the service \
            again. A keyring that is there is never overwritten: move it away first.
            """)

    @Option(help: "The copy: the mirror's file, or a backup of it.")
    var from: String

    @Option(help: "The file that create-recovery-key wrote.")
    var recoveryKey: String?

    @Option(help: "Where to write the root key that the recovery key opens.")
    var rootKeyOutput: String?

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            let settings = try self.options.settings(for: VaultService.definition)
            guard (self.recoveryKey == nil) == (self.rootKeyOutput == nil) else {
                throw StartupError.configuration(
                    "Give --recovery-key and --root-key-output together.")
            }
            let rootKey =
                if let recoveryKey {
                    try KeyringImage.recoverRootKey(
                        from: self.from, with: try RecoveryKeyFile.load(recoveryKey))
                } else {
                    try RootKeyFile.load(settings.credentials)
                }
            let (image, keys) = try KeyringImage.read(self.from, rootKey: rootKey)
            if let rootKeyOutput { try RootKeyFile.write(rootKey, to: rootKeyOutput) }
            let keyring = try Keyring(
                try OpenedKeyring(
                    restoring: image, in: KeyringSettings.directory(settings), keys: keys))
            for line in KeyringDescription(image.state, image.header.vaultID).lines {
                print(line)
            }
            keyring.close()
        }
    }
}
