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
        try Self.checkKey(byteCount: key.count)
        try Sodium.initialize()
        let nonce = Sodium.randomBytes(Self.nonceByteCount)
        var ciphertext = [UInt8](repeating: 0, count: plaintext.count + Self.tagByteCount)
        unsafe key.withUnsafeKey { key in
            // The function has no failure; its result is always 0.
            _ = unsafe crypto_aead_xchacha20poly1305_ietf_encrypt(
                &ciphertext, nil, plaintext, UInt64(plaintext.count),
                context, UInt64(context.count), nil, nonce, key)
        }
        self.bytes = nonce + ciphertext
    }

    /// Opens the value.
    ///
    /// - Throws: ``SodiumError/sealBroken`` if the bytes, the key or the context differ in any bit
    ///   from those at sealing; ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package func opened(with key: borrowing SecretBytes, context: [UInt8]) throws -> [UInt8] {
        try Self.checkKey(byteCount: key.count)
        guard self.bytes.count >= Self.overheadByteCount else { throw SodiumError.sealBroken }
        let nonce = Array(self.bytes.prefix(Self.nonceByteCount))
        let ciphertext = Array(self.bytes.dropFirst(Self.nonceByteCount))
        var plaintext = [UInt8](repeating: 0, count: ciphertext.count - Self.tagByteCount)
        let isGenuine = unsafe key.withUnsafeKey { key in
            unsafe crypto_aead_xchacha20poly1305_ietf_decrypt(
                &plaintext, nil, nil, ciphertext, UInt64(ciphertext.count),
                context, UInt64(context.count), nonce, key) == 0
        }
        guard isGenuine else { throw SodiumError.sealBroken }
        return plaintext
    }

    private static func checkKey(byteCount: Int) throws(SodiumError) {
        guard byteCount == Self.keyByteCount else {
            throw .invalidKeyLength(byteCount: byteCount, expected: Self.keyByteCount)
        }
    }
}
