import Foundation
import RPC
import Sodium
import Testing
import VaultAPI

@testable import SecretFormat

@Suite("Sealing a value, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct SealTests {
    private struct Line: Codable {
        var step = "make"
        var key: PublicSealingKey
        var target: SealingTarget
    }

    private static func line(_ key: SealingKey) -> Line {
        Line(
            key: PublicSealingKey(
                vaultID: key.vaultID, epoch: key.number, keyID: Data(key.identifier),
                publicKey: Data(key.publicKey), identityKey: Data(key.identity),
                signature: Data(key.signature)),
            target: SealingTarget(
                secretID: UUID(), ownerID: UUID(), type: .password, nextVersion: 7,
                producer: "hook:mail"))
    }

    private func run(
        _ line: Line, _ words: String..., value: String
    ) async throws -> RunningCommand.Result {
        let text = String(decoding: try JSONEncoder().encode(line), as: UTF8.self)
        let command = try RunningCommand.start(
            ["vault", "seal", "--for", text] + words, environment: [:], input: value)
        return await command.result()
    }

    @Test("What it prints opens under the vault's key as the version it was sealed for")
    func seals() async throws {
        let pair = try BoxKeyPair()
        let identity = try SigningKeyPair(seed: try SecretBytes(random: 32))
        let key = SealingKey(
            vaultID: UUID(), number: 3, publicKey: pair.publicKey, signedBy: identity)
        let line = Self.line(key)
        let result = try await self.run(
            line, "--identity", Base64URL.encode(key.identity), value: "correct horse\n")
        #expect(result.status == 0 && result.errors == "")
        let sealed = try JSONDecoder().decode(
            SealedSecretValue.self, from: Data(result.output.utf8))
        let context = SecretContext(
            suite: sealed.suite, vaultID: key.vaultID, ownerID: line.target.ownerID,
            secretID: line.target.secretID, version: 7, secretType: "password",
            producer: "hook:mail")
        let dataKey = try DataKey(
            opening: Array(sealed.sealedKey), with: pair,
            boundTo: context.boxHash(keyID: Array(sealed.keyID)))
        try dataKey.check(Array(sealed.commitment), contextHash: context.hash)
        let value = try SealedVersion.value(
            of: Array(sealed.ciphertext), as: context, with: dataKey)
        #expect(value.withUnsafeBytes { Array($0) } == Array("correct horse".utf8))
    }

    @Test("A key that the vault has not signed is not sealed to, nor is rubbish")
    func refuses() async throws {
        let pair = try BoxKeyPair()
        let identity = try SigningKeyPair(seed: try SecretBytes(random: 32))
        let key = SealingKey(
            vaultID: UUID(), number: 3, publicKey: pair.publicKey, signedBy: identity)
        var forged = Self.line(key)
        forged.key.publicKey = Data(try BoxKeyPair().publicKey.bytes)
        let unsigned = try await self.run(forged, value: "v")
        #expect(unsigned.status != 0 && unsigned.output == "")
        let other = try await self.run(
            Self.line(key), "--identity", Base64URL.encode(Sodium.randomBytes(32)), value: "v")
        #expect(other.status != 0 && other.output == "")
        let command = try RunningCommand.start(
            ["vault", "seal", "--for", "rubbish"], environment: [:], input: "v")
        let rubbish = await command.result()
        #expect(rubbish.status == 64 && rubbish.errors.contains("--for"))
    }
}
