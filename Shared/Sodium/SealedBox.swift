internal import CSodium

/// A secret that only the holder of a key pair can read, sealed by anybody who has its public key.
///
/// `crypto_box_seal` of libsodium: X25519, XSalsa20-Poly1305 and a key pair made for the one box.
/// It tells nothing of who sealed it, and nothing ties it to a place: what it belongs to is to be
/// part of what it holds.
package struct SealedBox: Sendable, Hashable {
    /// By how much a box is longer than what it holds.
    package static let overheadByteCount =
        Int(crypto_box_PUBLICKEYBYTES) + Int(crypto_box_MACBYTES)

    /// The box as it is stored.
    package let bytes: [UInt8]

    /// Takes stored bytes; whether they are whole shows when they are opened.
    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Seals a secret.
    ///
    /// - Throws: ``SodiumError/unusablePublicKey`` for a point of low order; not one byte of the
    ///   box leaves then.
    package init(sealing secret: borrowing SecretBytes, to publicKey: BoxPublicKey) throws {
        try Sodium.initialize()
        var box = [UInt8](repeating: 0, count: secret.count + Self.overheadByteCount)
        let count = UInt64(secret.count)
        let status = unsafe secret.withUnsafeKey { secret in
            unsafe crypto_box_seal(&box, secret, count, publicKey.bytes)
        }
        guard status == 0 else {
            // The function has begun to write before it finds out.
            Sodium.wipe(&box)
            throw SodiumError.unusablePublicKey
        }
        self.bytes = box
    }

    /// Opens the box.
    ///
    /// - Throws: ``SodiumError/sealBroken`` if it was changed or sealed to another key.
    package func opened(
        with keyPair: borrowing BoxKeyPair, in memory: SecretMemory = .guarded
    ) throws -> SecretBytes {
        let count = self.bytes.count - Self.overheadByteCount
        guard count >= 0 else { throw SodiumError.sealBroken }
        let publicKey = keyPair.publicKey.bytes
        return try unsafe keyPair.secretKey.withUnsafeKey { secretKey in
            try unsafe SecretBytes(count: count, in: memory) { buffer in
                guard let secret = buffer.baseAddress,
                    unsafe crypto_box_seal_open(
                        secret.assumingMemoryBound(to: UInt8.self), self.bytes,
                        UInt64(self.bytes.count), publicKey, secretKey) == 0
                else { throw SodiumError.sealBroken }
            }
        }
    }
}
