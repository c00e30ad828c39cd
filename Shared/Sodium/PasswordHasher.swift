internal import CSodium
private import Glibc

/// Makes and checks Argon2id password hashes (RFC 9106) in PHC string form.
///
/// Both take tens of milliseconds of CPU time and ``PasswordHashingParameters/memoryByteCount``
/// bytes, so a service calls them through a ``PasswordHashingPool`` only.
package struct PasswordHasher: Sendable {
    /// What a new hash costs.
    package let parameters: PasswordHashingParameters

    /// Makes a hasher; the defaults are OWASP's minimum, 19 MiB and two passes.
    package init(parameters: PasswordHashingParameters = .init()) { self.parameters = parameters }

    /// Hashes a password with a salt of its own.
    ///
    /// - Parameter password: normalised and checked by the caller; any length.
    /// - Returns: at most 127 ASCII characters, beginning with `$argon2id$`.
    /// - Throws: ``SodiumError/outOfMemory``.
    package func hash(_ password: String) throws(SodiumError) -> String {
        try Sodium.initialize()
        var output = [CChar](repeating: 0, count: Int(crypto_pwhash_STRBYTES))
        var bytes = password.utf8.map { CChar(bitPattern: $0) }
        defer { Self.wipe(&bytes) }
        let status = unsafe crypto_pwhash_str_alg(
            &output, bytes, UInt64(bytes.count), UInt64(self.parameters.passCount),
            self.parameters.memoryByteCount, crypto_pwhash_ALG_ARGON2ID13)
        guard status == 0 else { throw .outOfMemory }
        let text = output.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
        return String(decoding: text, as: UTF8.self)
    }

    /// Whether a password belongs to a stored hash.
    ///
    /// - Throws: ``SodiumError/passwordHashUnreadable`` if the stored text is no Argon2id hash or
    ///   asks for more than ``PasswordHashingParameters/largest``; ``SodiumError/outOfMemory``.
    package func verify(_ password: String, against hash: String) throws(SodiumError) -> Bool {
        try Sodium.initialize()
        guard let stored = PasswordHashingParameters(hash: hash),
            stored.isWithin(.largest)
        else { throw .passwordHashUnreadable }
        var bytes = password.utf8.map { CChar(bitPattern: $0) }
        defer { Self.wipe(&bytes) }
        errno = 0
        if unsafe crypto_pwhash_str_verify(hash, bytes, UInt64(bytes.count)) == 0 { return true }
        // libsodium reports a wrong password as EINVAL; anything else is the system's trouble.
        guard errno == EINVAL else { throw .outOfMemory }
        return false
    }

    /// Whether a stored hash was made with other parameters, so that it should be made anew at the
    /// next successful sign-in.
    package func needsRehash(_ hash: String) -> Bool {
        PasswordHashingParameters(hash: hash) != self.parameters
    }

    /// A hash that no password matches and that costs exactly as much to check as a real one.
    ///
    /// Checked for people who do not exist, so that the time of the answer tells nothing.
    package var decoyHash: String {
        "$argon2id$v=19$m=\(self.parameters.memoryByteCount / 1_024),t=\(self.parameters.passCount)"
            + ",p=1$c3Rld2FyZC1kZWNveS1zYQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
    }

    private static func wipe(_ characters: inout [CChar]) {
        let count = characters.count
        unsafe characters.withUnsafeMutableBytes { buffer in
            guard let base = buffer.baseAddress else { return }
            unsafe sodium_memzero(base, count)
        }
    }
}
