internal import ServiceKit
internal import Sodium

/// The recovery key: kept offline, it opens the root key that each keyring carries sealed.
///
/// A line of Base64 with the alphabet for addresses, short enough to be kept on paper.
enum RecoveryKeyFile {
    /// Makes a key pair: the secret key in a file that does not exist yet, the public one beside
    /// it, with `.pub` added to the name.
    ///
    /// - Returns: the public key as it is written.
    static func create(at path: String) throws -> String {
        let pair = try BoxKeyPair()
        let publicKey = Base64URL.encode(pair.publicKey.bytes)
        var secret = pair.secretKey.withUnsafeBytes { Array($0) }
        defer { Sodium.wipe(&secret) }
        var line = Array("\(Base64URL.encode(secret))\n".utf8)
        defer { Sodium.wipe(&line) }
        try line.withUnsafeBytes { try NewFile.write($0, to: path, mode: 0o400) }
        try Array("\(publicKey)\n".utf8).withUnsafeBytes {
            try NewFile.write($0, to: "\(path).pub", mode: 0o444)
        }
        return publicKey
    }

    /// Reads a public key as ``create(at:)`` gives it.
    ///
    /// - Throws: `StartupError` if it is none.
    static func publicKey(_ text: String) throws(StartupError) -> BoxPublicKey {
        guard let bytes = Base64URL.decode(text) else {
            throw .configuration("\(text) is no public key as create-recovery-key prints it.")
        }
        do throws(SodiumError) {
            return try BoxPublicKey(bytes)
        } catch {
            throw .configuration("\(text) is no public key: \(error)")
        }
    }

    /// Reads the file of a secret key.
    ///
    /// - Throws: `StartupError` if there is none or it is no key.
    static func load(_ path: String) throws -> BoxKeyPair {
        let text = try SecretFile.read(path)
        var line = text.withUnsafeBytes { $0.filter { $0 > 0x20 } }
        defer { Sodium.wipe(&line) }
        guard var key = Base64URL.decode(line), key.count == BoxKeyPair.secretKeyByteCount else {
            throw StartupError.failed("\(path) is no key as create-recovery-key makes it.")
        }
        return try BoxKeyPair(secretKey: try SecretBytes(taking: &key))
    }
}
