internal import CSodium

extension Sodium {
    /// The number of bytes of a SHA-256 digest and of an HMAC-SHA-256 code.
    package static let digestByteCount = 32

    /// The SHA-256 digest of bytes (FIPS 180-4).
    package static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.digestByteCount)
        // The function has no failure; its result is always 0.
        _ = unsafe crypto_hash_sha256(&digest, bytes, UInt64(bytes.count))
        return digest
    }

    /// The SHA-256 digest of a text's UTF-8 bytes.
    package static func sha256(_ text: String) -> [UInt8] { self.sha256(Array(text.utf8)) }

    /// The HMAC-SHA-256 code of a message under a key of any length (RFC 2104).
    package static func hmacSHA256(_ message: [UInt8], key: [UInt8]) -> [UInt8] {
        var state = crypto_auth_hmacsha256_state()
        var code = [UInt8](repeating: 0, count: Self.digestByteCount)
        // None of the three has a failure; their results are always 0.
        _ = unsafe crypto_auth_hmacsha256_init(&state, key, key.count)
        _ = unsafe crypto_auth_hmacsha256_update(&state, message, UInt64(message.count))
        _ = unsafe crypto_auth_hmacsha256_final(&state, &code)
        return code
    }

    /// The BLAKE2b-256 digest of bytes (RFC 7693).
    package static func blake2b(_ bytes: [UInt8]) -> [UInt8] {
        var digest = [UInt8](repeating: 0, count: Self.digestByteCount)
        // It fails for lengths only that this one is not.
        _ = unsafe crypto_generichash(
            &digest, Self.digestByteCount, bytes, UInt64(bytes.count), nil, 0)
        return digest
    }

    /// Bytes from the system's generator, fit for keys and tokens.
    ///
    /// - Parameter count: how many, 0 or more.
    package static func randomBytes(_ count: Int) -> [UInt8] {
        precondition(count >= 0, "a count is never negative")
        var bytes = [UInt8](repeating: 0, count: count)
        unsafe randombytes_buf(&bytes, count)
        return bytes
    }

    /// Whether 32 bytes are a usable Ed25519 public key: on the curve, canonical, of full order.
    ///
    /// A key of small order would accept one signature for many messages.
    package static func isValidEd25519PublicKey(_ bytes: [UInt8]) -> Bool {
        guard bytes.count == Int(crypto_core_ed25519_BYTES) else { return false }
        return unsafe crypto_core_ed25519_is_valid_point(bytes) == 1
    }
}
