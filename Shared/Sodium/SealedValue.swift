internal import CSodium

/// A value that only the holder of a key can read, and only in the context it was sealed for.
///
/// XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce of 24 bytes, so that the same
/// key may seal any number of values.  The bytes are the nonce, the ciphertext, and the tag.
package struct SealedValue: Sendable, Hashable {
    /// The length of a key in bytes.
    package static let keyByteCount = Int(crypto_aead_xchacha20poly1305_ietf_KEYBYTES)
    /// By how much a sealed value is longer than what it holds.
    package static let overheadByteCount = nonceByteCount + tagByteCount

    private static let nonceByteCount = Int(crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
    private static let tagByteCount = Int(crypto_aead_xchacha20poly1305_ietf_ABYTES)

    /// Nonce, ciphertext and tag, as they are stored.
    package let bytes: [UInt8]

    /// Takes stored bytes; whether they are whole shows when they are opened.
    package init(bytes: [UInt8]) { self.bytes = bytes }

    /// Seals a value.
    ///
    /// - Parameters:
    ///   - plaintext: what to hide.
    ///   - key: ``keyByteCount`` bytes.
    ///   - context: what the value belongs to, such as a row's identifier; not part of the result.
    /// - Throws: ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package init(
        sealing plaintext: [UInt8], key: borrowing SecretBytes, context: [UInt8]
    ) throws {
        self = try unsafe plaintext.withUnsafeBytes {
            try unsafe Self(
                sealing: $0, key: key, context: context,
                nonce: Sodium.randomBytes(Self.nonceByteCount))
        }
    }

    /// Seals a secret; see ``init(sealing:key:context:)``.
    package init(
        sealing secret: borrowing SecretBytes, key: borrowing SecretBytes, context: [UInt8]
    ) throws {
        self = try unsafe secret.withUnsafeBytes {
            try unsafe Self(
                sealing: $0, key: key, context: context,
                nonce: Sodium.randomBytes(Self.nonceByteCount))
        }
    }

    /// Seals bytes with a nonce that must never have been used with this key.
    init(
        sealing plaintext: UnsafeRawBufferPointer, key: borrowing SecretBytes, context: [UInt8],
        nonce: [UInt8]
    ) throws {
        try Self.checkKey(byteCount: key.count)
        try Sodium.initialize()
        precondition(nonce.count == Self.nonceByteCount, "a nonce has its length")
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count + Self.tagByteCount)
        let message = unsafe plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let messageByteCount = UInt64(plaintext.count)
        unsafe key.withUnsafeKey { key in
            // The function has no failure; its result is always 0.
            _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                &ciphertext, nil, message, messageByteCount,
                context, UInt64(context.count), nil, nonce, key)
        }
        self.bytes = nonce + ciphertext
    }

    /// Opens the value.
    ///
    /// - Throws: ``SodiumError/sealBroken`` if the bytes, the key or the context differ in any bit
    ///   from those at sealing; ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package func opened(with key: borrowing SecretBytes, context: [UInt8]) throws -> [UInt8] {
        var plaintext = [UInt8](repeating: 0, count: try self.plaintextByteCount)
        try unsafe plaintext.withUnsafeMutableBytes {
            try unsafe self.open(with: key, context: context, into: $0)
        }
        return plaintext
    }

    /// Opens the value into memory of its own; see ``opened(with:context:)``.
    package func openedSecret(
        with key: borrowing SecretBytes, context: [UInt8], in memory: SecretMemory = .guarded
    ) throws -> SecretBytes {
        try unsafe SecretBytes(count: try self.plaintextByteCount, in: memory) {
            try unsafe self.open(with: key, context: context, into: $0)
        }
    }

    private var plaintextByteCount: Int {
        get throws {
            let count = self.bytes.count - Self.overheadByteCount
            guard count >= 0 else { throw SodiumError.sealBroken }
            return count
        }
    }

    private func open(
        with key: borrowing SecretBytes, context: [UInt8],
        into plaintext: UnsafeMutableRawBufferPointer
    ) throws {
        try Self.checkKey(byteCount: key.count)
        try Sodium.initialize()
        let target = unsafe plaintext.baseAddress?.assumingMemoryBound(to: UInt8.self)
        let isGenuine = unsafe self.bytes.withUnsafeBufferPointer { bytes in
            unsafe key.withUnsafeKey { key in
                guard let nonce = bytes.baseAddress else { return false }
                return unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                    target, nil, nil, nonce + Self.nonceByteCount,
                    UInt64(bytes.count - Self.nonceByteCount), context, UInt64(context.count),
                    nonce, key) == 0
            }
        }
        guard isGenuine else { throw SodiumError.sealBroken }
    }

    private static func checkKey(byteCount: Int) throws(SodiumError) {
        guard byteCount == Self.keyByteCount else {
            throw .invalidKeyLength(byteCount: byteCount, expected: Self.keyByteCount)
        }
    }
}
