internal import CSodium

/// BLAKE2b (RFC 7693) with a secret key: codes that show who made something, and keys from a key.
package enum KeyedHash {
    /// The number of bytes of a code and of a derived key.
    package static let byteCount = 32
    /// How long a key may be in bytes.
    package static let keyByteCounts =
        Int(crypto_generichash_KEYBYTES_MIN)...Int(crypto_generichash_KEYBYTES_MAX)

    /// The code of a message under a key.
    ///
    /// - Parameter byteCount: 16 to 64; codes of different lengths are unrelated.
    /// - Throws: ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package static func code(
        of message: [UInt8], key: borrowing SecretBytes, byteCount: Int = KeyedHash.byteCount
    ) throws -> [UInt8] {
        let keyByteCount = try Self.checkKey(byteCount: key.count)
        var code = [UInt8](repeating: 0, count: byteCount)
        unsafe key.withUnsafeKey { key in
            // It fails for lengths only that these are not.
            _ = unsafe crypto_generichash(
                &code, byteCount, message, UInt64(message.count), key, keyByteCount)
        }
        return code
    }

    /// Whether a code of 32 bytes is that of a message, found out in a time that does not depend on
    /// where they differ.
    package static func isCode(
        _ code: [UInt8], of message: [UInt8], key: borrowing SecretBytes
    ) throws -> Bool {
        Sodium.equal(code, try Self.code(of: message, key: key))
    }

    /// A key of 32 bytes that follows from another and from what it is for.
    ///
    /// - Parameter purpose: different purposes give unrelated keys.
    /// - Throws: ``SodiumError``.
    package static func key(
        from key: borrowing SecretBytes, for purpose: [UInt8], in memory: SecretMemory = .guarded
    ) throws -> SecretBytes {
        let keyByteCount = try Self.checkKey(byteCount: key.count)
        return try unsafe key.withUnsafeKey { key in
            try unsafe SecretBytes(count: Self.byteCount, in: memory) { buffer in
                guard let derived = buffer.baseAddress else { return }
                // It fails for lengths only that these are not.
                _ = unsafe crypto_generichash(
                    derived.assumingMemoryBound(to: UInt8.self), Self.byteCount, purpose,
                    UInt64(purpose.count), key, keyByteCount)
            }
        }
    }

    private static func checkKey(byteCount: Int) throws(SodiumError) -> Int {
        guard Self.keyByteCounts.contains(byteCount) else {
            throw .invalidKeyLength(byteCount: byteCount, expected: Self.byteCount)
        }
        try Sodium.initialize()
        return byteCount
    }
}
