import Foundation
import SecretFormat
import Sodium

/// What a vault does with the boxes of one key, without a keyring.
struct TestVault: ~Copyable {
    let id = UUID()
    let epoch: BoxKeyPair
    let identity: SigningKeyPair

    init() throws {
        let epoch = try BoxKeyPair()
        let identity = try SigningKeyPair(seed: try SecretBytes(random: 32))
        self.epoch = epoch
        self.identity = identity
    }

    var sealingKey: SealingKey {
        SealingKey(
            vaultID: self.id, number: 1, publicKey: self.epoch.publicKey, signedBy: self.identity)
    }

    func context(version: Int64 = 1) -> SecretContext {
        SecretContext(
            vaultID: self.id, ownerID: UUID(), secretID: UUID(), version: version,
            secretType: "api_key", producer: "tests")
    }

    func seal(_ text: String, as context: SecretContext) throws -> SealedVersion {
        try SealedVersion(
            sealing: try secret(text), as: context, with: self.sealingKey,
            identity: self.identity.publicKey.bytes)
    }

    /// The data key of a version that is stored as something.
    func dataKey(_ version: SealedVersion, as context: SecretContext) throws -> DataKey {
        try DataKey(
            opening: version.sealedKey, with: self.epoch,
            boundTo: context.boxHash(keyID: version.keyID))
    }

    /// Answers a reader.
    func release(
        _ version: SealedVersion, to reader: borrowing ReaderKeyPair, readerID: String = "anna"
    ) throws -> ReleasedSecret {
        let release = Release(
            context: version.context, commitment: version.commitment,
            ciphertextHash: SealedVersion.hash(ofCiphertext: version.ciphertext),
            reader: Release.Reader(
                publicKey: reader.publicKey, requestID: reader.requestID, readerID: readerID))
        let key = try release.released(
            try self.dataKey(version, as: version.context), signedBy: self.identity)
        return ReleasedSecret(
            version: ReleasedSecret.Version(
                context: version.context, ciphertext: version.ciphertext,
                commitment: version.commitment),
            key: key, requestID: reader.requestID, readerID: readerID)
    }
}

/// A secret of a text's bytes.
func secret(_ text: String) throws -> SecretBytes {
    var bytes = Array(text.utf8)
    return try SecretBytes(taking: &bytes)
}

/// The text of a secret.
func text(_ secret: borrowing SecretBytes) -> String {
    secret.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
}

/// What a closure throws as this format's error.
func refusal(_ body: () throws -> Void) -> SecretFormatError? {
    do {
        try body()
        return nil
    } catch {
        return error as? SecretFormatError
    }
}

/// Bytes as lower-case hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
}

/// Each way to change one field of a context.
let contextChanges: [(String, @Sendable (inout SecretContext) -> Void)] = [
    ("suite", { $0.suite += 1 }), ("vault", { $0.vaultID = UUID() }),
    ("owner", { $0.ownerID = UUID() }), ("secret", { $0.secretID = UUID() }),
    ("version", { $0.version += 1 }), ("type", { $0.secretType = "password" }),
    ("producer", { $0.producer = "somebody" }),
    ("type and producer", { ($0.secretType, $0.producer) = ("api_keyt", "ests") }),
]
