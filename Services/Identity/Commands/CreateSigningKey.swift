internal import ArgumentParser
internal import ServiceKit
internal import Sodium

/// `steward-identity create-signing-key`
struct CreateSigningKey: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-signing-key",
        abstract: "Make the private key that signs access tokens.",
        discussion: """
            Writes 32 random bytes in base64url to a new file of mode 0400. Give it to the service \
            as the credential \(SigningKeyFile.credentialName). To rotate, replace the file and \
            restart: tokens of the old key stay valid until they expire.
            """)

    @Option(help: "The file to write; it must not exist.")
    var output: String

    func run() async throws {
        try await IdentityService.reportingFailure {
            try Sodium.initialize()
            try SigningKeyFile.create(at: self.output)
            print("wrote \(self.output)")
        }
    }
}
