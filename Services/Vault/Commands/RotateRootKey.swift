internal import ArgumentParser
internal import ServiceKit
internal import Sodium

/// `steward-vault rotate-root-key`
struct RotateRootKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate-root-key",
        abstract: "Put the keyring and its mirror under a new root key.",
        discussion: """
            For use while the service is stopped, with the old key still in place as the \
            credential \(RootKeyFile.credentialName); create-root-key makes the new one. \
            Whatever interrupts it, the same command finishes. Then give the new key to the \
            service and destroy the old one, with every copy of the keyring from before: the old \
            key opens those still. Values that may have been read with it need new ones.
            """)

    @Option(help: "The file that create-root-key wrote.")
    var newRootKey: String

    @OptionGroup var recovery: RecoveryKeyOptions
    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            let settings = try self.options.settings(for: VaultService.definition)
            let recovery = try self.recovery.publicKey()
            let change = try RootKeyChange(KeyringSettings.directory(settings))
            let (outcome, image) = try change.change(
                from: try RootKeyFile.load(settings.credentials),
                to: try RootKeyFile.load(path: self.newRootKey), recovery: recovery)
            for line in KeyringDescription(image.state, image.header.vaultID).lines {
                print(line)
            }
            print(
                outcome == .changed
                    ? "The keyring is under the new root key: give it to the service."
                    : "The keyring was under the new root key already.")
        }
    }
}

/// To whose key a root key is sealed.
struct RecoveryKeyOptions: ParsableArguments {
    // A key in Base64 may begin with a hyphen.
    @Option(
        parsing: .unconditional, help: "The public key that create-recovery-key printed.")
    var recoveryKey: String?

    @Flag(help: "Go without a recovery key: whoever loses the root key loses every secret.")
    var withoutRecoveryKey = false

    /// The key; `nil` to go without one.
    ///
    /// - Throws: `StartupError` unless one of the two was given.
    func publicKey() throws -> BoxPublicKey? {
        guard (self.recoveryKey == nil) == self.withoutRecoveryKey else {
            throw StartupError.configuration(
                "Give either --recovery-key or --without-recovery-key.")
        }
        return try self.recoveryKey.map { try RecoveryKeyFile.publicKey($0) }
    }
}
