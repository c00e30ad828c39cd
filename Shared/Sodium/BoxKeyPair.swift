internal import CSodium

/// A public key to which a ``SealedBox`` can be sealed (X25519, RFC 7748).
package struct BoxPublicKey: Sendable, Hashable {
    /// The length of a key in bytes.
    package static let byteCount = Int(crypto_box_PUBLICKEYBYTES)

    /// The key.
    package let bytes: [UInt8]

    /// Takes a key from somebody else.
    ///
    /// - Throws: ``SodiumError/invalidKeyLength(byteCount:expected:)``;
    ///   ``SodiumError/unusablePublicKey`` for a point of low order, under which every secret key
    ///   agrees on the same zero.
    package init(_ bytes: [UInt8]) throws(SodiumError) {
        guard bytes.count == Self.byteCount else {
            throw .invalidKeyLength(byteCount: bytes.count, expected: Self.byteCount)
        }
        try Sodium.initialize()
        // Any scalar shows it: each is made a multiple of 8, the order of the largest such point.
        let scalar = [UInt8](repeating: 1, count: Int(crypto_scalarmult_SCALARBYTES))
        var product = [UInt8](repeating: 0, count: Int(crypto_scalarmult_BYTES))
        guard unsafe crypto_scalarmult(&product, scalar, bytes) == 0 else {
            throw .unusablePublicKey
        }
        self.bytes = bytes
    }

    /// Takes 32 bytes as they are: those that were made here.
    init(unchecked bytes: [UInt8]) { self.bytes = bytes }
}

/// A key pair that opens what is sealed to its public key.
package struct BoxKeyPair: ~Copyable {
    /// The length of the secret key in bytes.
    package static let secretKeyByteCount = Int(crypto_box_SECRETKEYBYTES)

    /// What others seal to.
    package let publicKey: BoxPublicKey
    /// What opens; in locked memory.
    package let secretKey: SecretBytes

    /// Makes a new pair.
    ///
    /// - Parameter memory: where the secret key is to lie.
    /// - Throws: ``SodiumError``.
    package init(in memory: SecretMemory = .guarded) throws {
        try self.init(secretKey: try SecretBytes(random: Self.secretKeyByteCount, in: memory))
    }

    /// Makes the pair of a secret key.
    ///
    /// - Throws: ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package init(secretKey: consuming SecretBytes) throws {
        guard secretKey.count == Self.secretKeyByteCount else {
            throw SodiumError.invalidKeyLength(
                byteCount: secretKey.count, expected: Self.secretKeyByteCount)
        }
        try Sodium.initialize()
        var publicKey = [UInt8](repeating: 0, count: BoxPublicKey.byteCount)
        let status = unsafe secretKey.withUnsafeKey {
            unsafe crypto_scalarmult_base(&publicKey, $0)
        }
        guard status == 0 else { throw SodiumError.unusablePublicKey }
        self.publicKey = BoxPublicKey(unchecked: publicKey)
        self.secretKey = secretKey
    }

    /// What both holders of a secret key compute from the other's public key (RFC 7748).
    ///
    /// - Throws: ``SodiumError/unusablePublicKey`` for a point of low order.
    borrowing func agreement(with other: BoxPublicKey) throws -> SecretBytes {
        try unsafe self.secretKey.withUnsafeKey { secretKey in
            try unsafe SecretBytes(count: Int(crypto_scalarmult_BYTES)) { buffer in
                guard let shared = buffer.baseAddress,
                    unsafe crypto_scalarmult(
                        shared.assumingMemoryBound(to: UInt8.self), secretKey, other.bytes) == 0
                else { throw SodiumError.unusablePublicKey }
            }
        }
    }
}
