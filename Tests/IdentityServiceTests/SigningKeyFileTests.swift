internal import FoundationEssentials
internal import Glibc
internal import IdentityAPI
internal import ServiceKit
internal import Sodium
internal import Testing

@testable import IdentityService

@Suite("The private key's file")
struct SigningKeyFileTests {
    /// An empty directory that is gone afterwards.
    private func withDirectory(_ body: (String) async throws -> Void) async throws {
        let path = "/tmp/steward-key-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: path, withIntermediateDirectories: false)
        defer {
            // What is left in /tmp harms no other test.
            try? FileManager.default.removeItem(atPath: path)
        }
        try await body(path)
    }

    @Test("A key is made with mode 0400, never overwritten, and signs")
    func create() async throws {
        try await self.withDirectory { directory in
            let file = "\(directory)/\(SigningKeyFile.credentialName)"
            try SigningKeyFile.create(at: file)
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect(attributes[.posixPermissions] as? Int == 0o400)
            let first = try Data(contentsOf: URL(filePath: file))
            #expect {
                try SigningKeyFile.create(at: file)
            } throws: {
                "\($0)".contains("never overwritten")
            }
            #expect(try Data(contentsOf: URL(filePath: file)) == first)
            let credentials = CredentialsDirectory(path: directory)
            let one = try await AccessTokenSigner(seed: SigningKeyFile.load(credentials))
            let two = try await AccessTokenSigner(seed: SigningKeyFile.load(credentials))
            #expect(one.key == two.key)
        }
    }

    @Test("The key may be 32 bytes as they are, or base64 of either alphabet")
    func forms() async throws {
        let seed = (0..<32).map { UInt8(truncatingIfNeeded: $0 * 37 + 200) }
        let standard = Data(seed).base64EncodedString()
        var keys: Set<String> = []
        for contents in [
            Data(seed), Data(standard.utf8), Data("\(standard)\n".utf8),
            Data(Base64URL.encode(seed).utf8),
        ] {
            try await self.withDirectory { directory in
                let file = "\(directory)/\(SigningKeyFile.credentialName)"
                try contents.write(to: URL(filePath: file))
                chmod(file, 0o400)
                let signer = try await AccessTokenSigner(
                    seed: SigningKeyFile.load(CredentialsDirectory(path: directory)))
                keys.insert(signer.key.id)
            }
        }
        #expect(keys.count == 1)
    }

    @Test("No key, or something that is none, is an error that says what to do")
    func refused() async throws {
        try await self.withDirectory { directory in
            let credentials = CredentialsDirectory(path: directory)
            #expect {
                _ = try SigningKeyFile.load(credentials)
            } throws: {
                "\($0)".contains("create-signing-key")
            }
            let file = "\(directory)/\(SigningKeyFile.credentialName)"
            for contents in ["", "short", String(repeating: "!", count: 43)] {
                try Data(contents.utf8).write(to: URL(filePath: file))
                chmod(file, 0o400)
                #expect(throws: StartupError.self) { _ = try SigningKeyFile.load(credentials) }
                unlink(file)
            }
        }
    }
}
