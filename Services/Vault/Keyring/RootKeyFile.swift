internal import Glibc
internal import ServiceKit
internal import Sodium

/// The root key: a credential of 32 bytes, never in Postgres, under which the keyring is encrypted.
enum RootKeyFile {
    /// The file's name in the credentials directory.
    static let credentialName = "vault-root-key"

    /// Reads the key that the service was given.
    ///
    /// - Throws: `StartupError` if there is none or it is no key.
    static func load(_ credentials: CredentialsDirectory) throws -> SecretBytes {
        guard let key = try credentials.secret(named: Self.credentialName) else {
            throw StartupError.configuration(
                "There is no credential \(Self.credentialName) in "
                    + "\(credentials.path ?? "the credentials directory, which is not set"). "
                    + "Make one with: steward-vault create-root-key --output FILE")
        }
        guard key.count == KeyringKeys.rootKeyByteCount else {
            throw StartupError.configuration(
                "The credential \(Self.credentialName) is no key as create-root-key makes it.")
        }
        return key
    }

    /// Reads a key from a file that `create(at:)` wrote.
    ///
    /// - Throws: `StartupError` if there is none or it is no key.
    static func load(path: String) throws -> SecretBytes {
        let key = try SecretFile.read(path)
        guard key.count == KeyringKeys.rootKeyByteCount else {
            throw StartupError.failed("\(path) is no key as create-root-key makes it.")
        }
        return key
    }

    /// Makes a key and writes it to a file that does not exist yet, readable for its owner only.
    static func create(at path: String) throws {
        try Self.write(try SecretBytes(random: KeyringKeys.rootKeyByteCount), to: path)
    }

    /// Writes a key to a file that does not exist yet, readable for its owner only.
    static func write(_ key: borrowing SecretBytes, to path: String) throws {
        try key.withUnsafeBytes { try NewFile.write($0, to: path, mode: 0o400) }
    }
}

/// A file with a secret, under the same rules as a credential.
enum SecretFile {
    /// Reads it.
    ///
    /// - Throws: `StartupError` if there is none or others may read it.
    static func read(_ path: String) throws -> SecretBytes {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        let directory = parts.dropLast().joined(separator: "/")
        let credentials = CredentialsDirectory(
            path: path.hasPrefix("/") && directory.isEmpty
                ? "/" : directory.isEmpty ? "." : directory)
        guard let name = parts.last, let text = try credentials.secret(named: String(name)) else {
            throw StartupError.failed("There is no file \(path).")
        }
        return text
    }
}

/// A file that must not exist before.
enum NewFile {
    /// Writes it, on disk before this returns.
    ///
    /// - Throws: `StartupError` if it exists or cannot be written.
    static func write(
        _ bytes: UnsafeRawBufferPointer, to path: String, mode: mode_t
    ) throws(StartupError) {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode)
        guard descriptor >= 0 else {
            throw .failed(
                errno == EEXIST
                    ? "\(path) exists; a key is never overwritten."
                    : "\(path) cannot be written: \(SystemError.last).")
        }
        defer { close(descriptor) }
        guard Glibc.write(descriptor, bytes.baseAddress, bytes.count) == bytes.count,
            fsync(descriptor) == 0
        else {
            let error = SystemError.last
            // What was begun is no key; whether it can be removed changes nothing about that.
            unlink(path)
            throw .failed("\(path) cannot be written: \(error).")
        }
    }
}
