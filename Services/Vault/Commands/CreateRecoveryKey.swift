internal import ArgumentParser
internal import ServiceKit

/// `steward-vault create-recovery-key`
struct CreateRecoveryKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-recovery-key",
        abstract: "Make the key that opens a keyring whose root key is lost.",
        discussion: """
            Writes the secret key to a new file of mode 0400 and the public key, which is also \
            printed, to the same name with .pub added. Give the public key to init and keep the \
            secret one offline: whoever has it and a copy of the keyring has every secret.
            """)

    @Option(help: "The file to write; it must not exist.")
    var output: String

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            print(try RecoveryKeyFile.create(at: self.output))
        }
    }
}
