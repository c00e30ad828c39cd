internal import FoundationEssentials
internal import Glibc
internal import ServiceKit
internal import Sodium
internal import TransparencyLog

/// The private key that signs checkpoints: a credential, never in Postgres.
///
/// One line, `PRIVATE+KEY+name+ID+key`, as Go's package `note` writes it.
enum SigningKeyFile {
    /// The file's name in the credentials directory.
    static let credentialName = "audit-signing-key"
    /// How many secret bytes a key has.
    static let seedByteCount = 32

    /// Reads the key that the service was given.
    ///
    /// - Throws: ``StartupError`` if there is none or it is no key.
    static func load(_ credentials: CredentialsDirectory) throws -> NoteSigningKey {
        guard let secret = try credentials.secret(named: Self.credentialName) else {
            throw StartupError.configuration(
                "There is no credential \(Self.credentialName) in "
                    + "\(credentials.path ?? "the credentials directory, which is not set"). "
                    + "Make one with: steward-audit create-signing-key --output FILE --name NAME")
        }
        var bytes = secret.withUnsafeBytes { Array($0) }
        defer { Sodium.wipe(&bytes) }
        guard let key = Self.key(bytes) else {
            throw StartupError.configuration(
                "The credential \(Self.credentialName) is no key as create-signing-key makes it.")
        }
        return key
    }

    /// Reads the line; `nil` unless it is exactly what ``line(name:seed:)`` writes.
    static func key(_ bytes: [UInt8]) -> NoteSigningKey? {
        let line = bytes.filter { $0 > 0x20 || $0 >= 0x80 }
        let fields = line.split(
            separator: UInt8(ascii: "+"), maxSplits: 4, omittingEmptySubsequences: false)
        guard fields.count == 5, fields[0].elementsEqual("PRIVATE".utf8),
            fields[1].elementsEqual("KEY".utf8),
            let name = String(validating: fields[2], as: UTF8.self).flatMap({ KeyName($0) }),
            var key = Data(base64Encoded: Data(fields[4])).map({ Array($0) }), key.count == 33,
            key[0] == NoteSignatureType.ed25519.rawValue
        else { return nil }
        defer { Sodium.wipe(&key) }
        guard
            // Any 32 bytes are a key, and there are as many.
            let signingKey = try? NoteSigningKey(name: name, seed: Array(key.dropFirst())),
            fields[3].elementsEqual(signingKey.verifierKey.id.hexadecimal.utf8)
        else { return nil }
        return signingKey
    }

    /// A key as it is written.
    static func line(name: KeyName, seed: [UInt8]) throws -> [UInt8] {
        let verifierKey = try NoteSigningKey(name: name, seed: seed).verifierKey
        let secret = Data([NoteSignatureType.ed25519.rawValue] + seed).base64EncodedString()
        return Array(
            "PRIVATE+KEY+\(name.text)+\(verifierKey.id.hexadecimal)+\(secret)\n".utf8)
    }

    /// Makes a key and writes it to a file that does not exist yet, readable for its owner only;
    /// beside it, with `.pub` added to the name, the key that verifies.
    ///
    /// - Returns: the key that verifies.
    /// - Throws: ``StartupError`` if a file exists or cannot be written.
    static func create(at path: String, name: KeyName) throws -> NoteVerifierKey {
        var seed = Sodium.randomBytes(Self.seedByteCount)
        defer { Sodium.wipe(&seed) }
        let verifierKey = try NoteSigningKey(name: name, seed: seed).verifierKey
        var text = try Self.line(name: name, seed: seed)
        defer { Sodium.wipe(&text) }
        try Self.write(text, to: path, mode: 0o400)
        try Self.write(Array("\(verifierKey.text)\n".utf8), to: "\(path).pub", mode: 0o444)
        return verifierKey
    }

    private static func write(_ bytes: [UInt8], to path: String, mode: mode_t) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            throw StartupError.failed(
                errno == EEXIST
                    ? "\(path) exists; a signing key is never overwritten."
                    : "\(path) cannot be written: \(SystemError.last).")
        }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0
        else {
            let error = SystemError.last
            // What was begun is no key; whether it can be removed changes nothing about that.
            unlink(path)
            throw StartupError.failed("\(path) cannot be written: \(error).")
        }
    }
}
