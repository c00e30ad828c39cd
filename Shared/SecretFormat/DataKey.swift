package import Sodium

/// The key of one version of a secret: 32 random bytes from which everything about it follows.
package struct DataKey: ~Copyable {
    /// The length of the key in bytes.
    package static let byteCount = 32
    /// The length of a box that holds a key and a hash, in bytes.
    package static let boxByteCount = byteCount + hashByteCount + SealedBox.overheadByteCount

    private static let hashByteCount = 32
    private static let valuePurpose = Array("steward.vault.value.v1".utf8)
    private static let commitmentPurpose = Array("steward.vault.commitment.v1".utf8)

    private let secret: SecretBytes

    /// Makes a new key.
    package init() throws { self.secret = try SecretBytes(random: Self.byteCount, in: .shared) }

    /// Opens a box that holds a key, and checks what it was sealed for.
    ///
    /// - Parameters:
    ///   - box: ``boxByteCount`` bytes.
    ///   - hash: what it must have been bound to.
    /// - Throws: ``SecretFormatError/malformed(_:)``; ``SecretFormatError/broken``;
    ///   ``SecretFormatError/otherContext``; `SodiumError` where memory is short.
    package init(
        opening box: [UInt8], with keyPair: borrowing BoxKeyPair, boundTo hash: [UInt8]
    ) throws {
        guard box.count == Self.boxByteCount else { throw SecretFormatError.malformed("box") }
        let content: SecretBytes
        do {
            content = try SealedBox(bytes: box).opened(with: keyPair, in: .shared)
        } catch SodiumError.sealBroken {
            throw SecretFormatError.broken
        }
        self.secret = try content.withUnsafeBytes { content in
            guard Sodium.equal(Array(content.dropFirst(Self.byteCount)), hash) else {
                throw SecretFormatError.otherContext
            }
            return try SecretBytes(count: Self.byteCount, in: .shared) { buffer in
                buffer.copyBytes(from: content.prefix(Self.byteCount))
            }
        }
    }

    /// Seals the key together with a hash of what it is for.
    ///
    /// - Throws: `SodiumError.unusablePublicKey`.
    package borrowing func box(
        to publicKey: BoxPublicKey, boundTo hash: [UInt8]
    ) throws -> [UInt8] {
        precondition(hash.count == Self.hashByteCount, "a hash has its length")
        let content = try self.secret.withUnsafeBytes { key in
            try SecretBytes(count: Self.byteCount + Self.hashByteCount, in: .shared) { buffer in
                buffer.copyMemory(from: key)
                UnsafeMutableRawBufferPointer(rebasing: buffer[Self.byteCount...])
                    .copyBytes(from: hash)
            }
        }
        return try SealedBox(sealing: content, to: publicKey).bytes
    }

    /// The key of the value in a context.
    package borrowing func valueKey(contextHash: [UInt8]) throws -> SecretBytes {
        try KeyedHash.key(from: self.secret, for: Self.valuePurpose + contextHash, in: .shared)
    }

    /// 32 bytes that no other key, and this one in no other context, gives: a ciphertext alone can
    /// be made to open under two keys.
    package borrowing func commitment(contextHash: [UInt8]) throws -> [UInt8] {
        try KeyedHash.code(of: Self.commitmentPurpose + contextHash, key: self.secret)
    }

    /// Checks that this is the key that a commitment was made with.
    ///
    /// - Throws: ``SecretFormatError/otherKey``.
    package borrowing func check(_ commitment: [UInt8], contextHash: [UInt8]) throws {
        guard Sodium.equal(commitment, try self.commitment(contextHash: contextHash)) else {
            throw SecretFormatError.otherKey
        }
    }
}
