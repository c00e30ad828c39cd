internal import ArgumentParser
internal import ServiceKit
internal import Sodium
internal import TransparencyLog

/// `steward-audit create-signing-key`
struct CreateSigningKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-signing-key",
        abstract: "Make the private key that signs the log's checkpoints.",
        discussion: """
            Writes the key to a new file of mode 0400 and, to the same name with .pub added, the \
            key that verifies, which is also printed: keep it wherever the log is checked. Give \
            the private one to the service as the credential \(SigningKeyFile.credentialName).
            """)

    @Option(help: "The file to write; it must not exist.")
    var output: String

    @Option(help: "The log's name, such as audit.example.com; every checkpoint begins with it.")
    var name: String

    func run() async throws {
        try await AuditService.reportingFailure {
            try Sodium.initialize()
            guard let name = KeyName(self.name), !self.name.contains("/") else {
                throw StartupError.failed(
                    "\(self.name) is no name: it is not empty and has no spaces, + or /.")
            }
            print(try SigningKeyFile.create(at: self.output, name: name).text)
        }
    }
}
