internal import CSodium

/// A public key that verifies signatures (Ed25519, RFC 8032).
package struct SignatureKey: Sendable, Hashable {
    /// The length of a key in bytes.
    package static let byteCount = Int(crypto_sign_PUBLICKEYBYTES)
    /// The length of a signature in bytes.
    package static let signatureByteCount = Int(crypto_sign_BYTES)

    /// The key.
    package let bytes: [UInt8]

    /// Takes a key; whether it is one that has signed anything shows when it verifies.
    ///
    /// - Throws: ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package init(_ bytes: [UInt8]) throws(SodiumError) {
        guard bytes.count == Self.byteCount else {
            throw .invalidKeyLength(byteCount: bytes.count, expected: Self.byteCount)
        }
        self.bytes = bytes
    }

    /// Whether a signature is this key's for a message; never for a key of small order, nor for a
    /// signature that is written in a second way.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard signature.count == Self.signatureByteCount else { return false }
        return unsafe crypto_sign_verify_detached(
            signature, message, UInt64(message.count), self.bytes) == 0
    }
}

/// A key pair that signs (Ed25519, RFC 8032).
package struct SigningKeyPair: ~Copyable {
    /// The length of the seed in bytes, from which both keys follow.
    package static let seedByteCount = Int(crypto_sign_SEEDBYTES)

    /// What verifies.
    package let publicKey: SignatureKey
    private let secretKey: SecretBytes

    /// Makes the pair of a seed.
    ///
    /// - Throws: ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package init(seed: borrowing SecretBytes) throws {
        guard seed.count == Self.seedByteCount else {
            throw SodiumError.invalidKeyLength(
                byteCount: seed.count, expected: Self.seedByteCount)
        }
        try Sodium.initialize()
        var publicKey = [UInt8](repeating: 0, count: SignatureKey.byteCount)
        let secretKey = try unsafe seed.withUnsafeKey { seed in
            try unsafe SecretBytes(count: Int(crypto_sign_SECRETKEYBYTES)) { buffer in
                guard let base = buffer.baseAddress else { return }
                // The function has no failure; its result is always 0.
                _ = unsafe crypto_sign_seed_keypair(
                    &publicKey, base.assumingMemoryBound(to: UInt8.self), seed)
            }
        }
        self.publicKey = try SignatureKey(publicKey)
        self.secretKey = secretKey
    }

    /// Signs a message.
    package borrowing func signature(of message: [UInt8]) -> [UInt8] {
        var signature = [UInt8](repeating: 0, count: SignatureKey.signatureByteCount)
        unsafe self.secretKey.withUnsafeKey { secretKey in
            // The function has no failure; its result is always 0.
            _ = unsafe crypto_sign_detached(
                &signature, nil, message, UInt64(message.count), secretKey)
        }
        return signature
    }
}
