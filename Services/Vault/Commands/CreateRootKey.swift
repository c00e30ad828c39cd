internal import ArgumentParser
internal import ServiceKit

/// `steward-vault create-root-key`
struct CreateRootKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-root-key",
        abstract: "Make the key under which the keyring is encrypted.",
        discussion: """
            Writes 32 random bytes to a new file of mode 0400. Give it to the service as the \
            credential \(RootKeyFile.credentialName), best encrypted by systemd-creds, and keep \
            no copy beside the keyring or its mirror.
            """)

    @Option(help: "The file to write; it must not exist.")
    var output: String

    func run() async throws {
        try await VaultService.reportingFailure {
            try ProcessHardening.apply()
            try RootKeyFile.create(at: self.output)
        }
    }
}
