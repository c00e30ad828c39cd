internal import FoundationEssentials
internal import Glibc
internal import ServiceKit
internal import Sodium

/// The private key that signs access tokens: a credential, never in Postgres.
enum SigningKeyFile {
    /// The file's name in the credentials directory.
    static let credentialName = "identity-signing-key"

    /// Reads the key that the service was given.
    ///
    /// - Throws: ``StartupError`` if there is none or it is no key.
    static func load(_ credentials: CredentialsDirectory) throws -> SecretBytes {
        guard let secret = try credentials.secret(named: Self.credentialName) else {
            throw StartupError.configuration(
                "There is no credential \(Self.credentialName) in "
                    + "\(credentials.path ?? "the credentials directory, which is not set"). "
                    + "Make one with: steward-identity create-signing-key --output FILE")
        }
        return try Self.seed(secret)
    }

    /// The seed in a file's contents: 32 bytes as they are, or in base64 with white space around.
    private static func seed(_ contents: borrowing SecretBytes) throws -> SecretBytes {
        var bytes = contents.withUnsafeBytes { Array($0) }
        defer { Sodium.wipe(&bytes) }
        if bytes.count == AccessTokenSigner.seedByteCount {
            return try SecretBytes(taking: &bytes)
        }
        var text = bytes.filter { $0 > 0x20 && $0 != UInt8(ascii: "=") }.map { byte -> UInt8 in
            switch byte {
            case UInt8(ascii: "+"): UInt8(ascii: "-")
            case UInt8(ascii: "/"): UInt8(ascii: "_")
            default: byte
            }
        }
        defer { Sodium.wipe(&text) }
        guard var seed = Base64URL.decode(text), seed.count == AccessTokenSigner.seedByteCount
        else {
            throw StartupError.configuration(
                "The credential \(Self.credentialName) is no key: it has 32 bytes, "
                    + "as they are or in base64.")
        }
        return try SecretBytes(taking: &seed)
    }

    /// Makes a key and writes it to a file that does not exist yet, readable for its owner only.
    ///
    /// - Throws: ``StartupError`` if the file exists or cannot be written.
    static func create(at path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o400)
        guard descriptor >= 0 else {
            throw StartupError.failed(
                errno == EEXIST
                    ? "\(path) exists; a signing key is never overwritten."
                    : "\(path) cannot be written: \(SystemError.last).")
        }
        defer { close(descriptor) }
        var seed = Sodium.randomBytes(AccessTokenSigner.seedByteCount)
        defer { Sodium.wipe(&seed) }
        var text = Array((Base64URL.encode(seed) + "\n").utf8)
        defer { Sodium.wipe(&text) }
        guard write(descriptor, text, text.count) == text.count, fsync(descriptor) == 0 else {
            let error = SystemError.last
            // What was begun is no key; whether it can be removed changes nothing about that.
            unlink(path)
            throw StartupError.failed("\(path) cannot be written: \(error).")
        }
    }
}
