internal import FoundationEssentials
internal import SecretFormat
internal import Sodium

/// The root key, sealed to a recovery key that is kept offline.
struct RecoveryBox: Sendable, Hashable {
    /// Which recovery key opens it: 16 bytes.
    let keyID: [UInt8]
    /// The root key and what it is for, in a sealed box.
    let box: [UInt8]

    /// Takes a box from a file.
    init(keyID: [UInt8], box: [UInt8]) {
        self.keyID = keyID
        self.box = box
    }

    /// Seals a vault's root key.
    init(rootKey: borrowing SecretBytes, of vaultID: UUID, to publicKey: BoxPublicKey) throws {
        let purpose = Self.purpose(vaultID, publicKey)
        let content = try rootKey.withUnsafeBytes { rootKey in
            try SecretBytes(count: rootKey.count + purpose.count) { buffer in
                buffer.copyMemory(from: rootKey)
                UnsafeMutableRawBufferPointer(rebasing: buffer[rootKey.count...])
                    .copyBytes(from: purpose)
            }
        }
        self.keyID = SealingKey.identifier(of: publicKey.bytes)
        self.box = try SealedBox(sealing: content, to: publicKey).bytes
    }

    /// The root key.
    ///
    /// - Throws: `SodiumError.sealBroken` if it is sealed to another key or for another vault.
    func rootKey(of vaultID: UUID, with pair: borrowing BoxKeyPair) throws -> SecretBytes {
        let purpose = Self.purpose(vaultID, pair.publicKey)
        let content = try SealedBox(bytes: self.box).opened(with: pair)
        return try content.withUnsafeBytes { content in
            let count = KeyringKeys.rootKeyByteCount
            guard Sodium.equal(Array(content.dropFirst(count)), purpose) else {
                throw SodiumError.sealBroken
            }
            return try SecretBytes(count: count) { $0.copyBytes(from: content.prefix(count)) }
        }
    }

    private static func purpose(_ vaultID: UUID, _ publicKey: BoxPublicKey) -> [UInt8] {
        Sodium.blake2b(
            Array("steward.vault.recovery.v1".utf8) + vaultID.octets + publicKey.bytes)
    }
}
