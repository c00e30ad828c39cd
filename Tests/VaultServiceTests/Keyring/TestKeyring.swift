import Foundation
import Glibc
import SecretFormat
import ServiceKit
import Sodium
import Testing

@testable import VaultService

/// The directories of a keyring and of its mirror, with a root key; removed when nobody holds it.
final class TestKeyring: Sendable {
    let directory: KeyringDirectory
    private let base: URL
    private let rootKeyBytes = Sodium.randomBytes(32)

    init(hasMirror: Bool = true) throws {
        self.base = FileManager.default.temporaryDirectory
            .appendingPathComponent("steward-keyring-\(UUID().uuidString.prefix(8))")
        for name in ["state", "mirror"] {
            try FileManager.default.createDirectory(
                at: self.base.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        self.directory = KeyringDirectory(
            path: self.base.appendingPathComponent("state").path,
            mirrorPath: hasMirror ? self.base.appendingPathComponent("mirror").path : nil)
    }

    deinit {
        // What is left over in the system's folder of temporary files does no harm.
        try? FileManager.default.removeItem(at: self.base)
    }

    func rootKey() throws -> SecretBytes {
        var bytes = Array(self.rootKeyBytes)
        return try SecretBytes(taking: &bytes)
    }

    /// Where the files are.
    var path: String { "\(self.directory.path)/keyring" }
    var mirrorPath: String { "\(self.base.path)/mirror/keyring" }
    /// A file beside the two directories.
    func file(_ name: String) -> String { "\(self.base.path)/\(name)" }

    func create(recovery: BoxPublicKey? = nil) throws -> Keyring {
        try Keyring(creatingIn: self.directory, rootKey: try self.rootKey(), recovery: recovery)
    }

    func open() throws -> Keyring {
        try Keyring(opening: self.directory, rootKey: try self.rootKey())
    }

    /// What the bytes of a file say.
    func image(_ path: String? = nil) throws -> KeyringImage {
        try KeyringImage.read(path ?? self.path, rootKey: try self.rootKey()).image
    }

    /// Reads a file.
    static func bytes(_ path: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: path)))
    }

    /// Writes a file in the place of one that may be there.
    static func write(_ bytes: [UInt8], to path: String) throws {
        try Data(bytes).write(to: URL(fileURLWithPath: path))
    }

    /// Opens these bytes as a keyring in a directory of their own.
    func opening<Result>(
        _ bytes: [UInt8], mirror: [UInt8]? = nil, _ body: (Keyring) throws -> Result
    ) throws -> Result {
        let other = try TestKeyring(hasMirror: mirror != nil)
        try Self.write(bytes, to: other.path)
        if let mirror { try Self.write(mirror, to: other.mirrorPath) }
        let keyring = try Keyring(opening: other.directory, rootKey: try self.rootKey())
        defer { keyring.close() }
        return try body(keyring)
    }
}

extension Keyring {
    /// A version's context in this vault.
    func context(_ secret: UUID = UUID(), version: Int64 = 1) -> SecretContext {
        SecretContext(
            vaultID: self.vaultID, ownerID: UUID(), secretID: secret, version: version,
            secretType: "api_key", producer: "tests")
    }

    /// Seals a value and has the keyring take its data key.
    func store(
        _ text: String, as context: SecretContext, with key: SealingKey? = nil
    ) async throws -> (SealedVersion, WrappedKey) {
        var bytes = Array(text.utf8)
        let version = try SealedVersion(
            sealing: try SecretBytes(taking: &bytes), as: context, with: key ?? self.sealingKey)
        try await self.addDestructionKey(secret: context.secretID, version: context.version)
        return (version, try self.accept(version))
    }

    /// Takes a version's data key.
    func accept(_ version: SealedVersion) throws -> WrappedKey {
        try self.accept(
            version.sealedKey, keyID: version.keyID, context: version.context,
            commitment: version.commitment)
    }

    /// Reads a value as a reader would.
    func read(_ version: SealedVersion, _ wrapped: WrappedKey) throws -> String {
        let reader = try ReaderKeyPair()
        let release = Release(
            context: version.context, commitment: version.commitment,
            ciphertextHash: SealedVersion.hash(ofCiphertext: version.ciphertext),
            reader: Release.Reader(
                publicKey: reader.publicKey, requestID: reader.requestID, readerID: ""))
        let reply = ReleasedSecret(
            version: .init(
                context: version.context, ciphertext: version.ciphertext,
                commitment: version.commitment),
            key: try self.release(wrapped, release), requestID: reader.requestID, readerID: "")
        let value = try reader.open(reply, identity: self.identity)
        return value.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
    }
}

/// What a closure throws as the error of a keyring's file.
func fault(_ body: () throws -> Void) -> KeyringFileError? {
    do {
        try body()
        return nil
    } catch {
        return error as? KeyringFileError
    }
}
