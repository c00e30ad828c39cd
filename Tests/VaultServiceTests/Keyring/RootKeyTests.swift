import Foundation
import Glibc
import ProcessTestSupport
import SecretFormat
import ServiceKit
import Sodium
import Testing

@testable import VaultService

/// Another root key, and another recovery key.
@Suite struct RootKeyTests {
    private let newKeyBytes = Sodium.randomBytes(32)

    private func newKey() throws -> SecretBytes {
        var bytes = Array(self.newKeyBytes)
        return try SecretBytes(taking: &bytes)
    }

    private func change(
        _ test: TestKeyring, recovery: BoxPublicKey? = nil
    ) throws -> RootKeyChange.Outcome {
        try RootKeyChange(test.directory).change(
            from: try test.rootKey(), to: try self.newKey(), recovery: recovery
        ).outcome
    }

    private func open(_ test: TestKeyring) throws -> Keyring {
        try Keyring(opening: test.directory, rootKey: try self.newKey())
    }

    /// A keyring with something of everything in it.
    private func filled(_ test: TestKeyring) async throws -> (SealedVersion, WrappedKey, UUID) {
        let keyring = try test.create()
        let (version, wrapped) = try await keyring.store("a value", as: keyring.context())
        _ = try await keyring.addEpoch()
        _ = try await keyring.addEpoch()
        try await keyring.destroyEpoch(2)
        try await keyring.acknowledge(secret: version.context.secretID, revision: 7)
        let gone = UUID()
        try await keyring.addDestructionKey(secret: gone, version: 1)
        try await keyring.destroy(secret: gone, versions: [], wholeSecret: true)
        keyring.close()
        return (version, wrapped, gone)
    }

    @Test func `under the new root key the keyring is what it was, and the old one opens nothing`()
        async throws
    {
        let test = try TestKeyring()
        let (version, wrapped, gone) = try await self.filled(test)
        let before = try test.image().state
        let pair = try BoxKeyPair()
        #expect(try self.change(test, recovery: pair.publicKey) == .changed)
        #expect(fault { _ = try test.open() } == .otherRootKey)
        #expect(try TestKeyring.bytes(test.path) == TestKeyring.bytes(test.mirrorPath))
        let keyring = try self.open(test)
        #expect(keyring.repairs.isEmpty && keyring.counter == before.counter)
        #expect(keyring.identity == before.identity?.publicKey)
        #expect(keyring.epochs == before.epochs)
        #expect(keyring.revision(of: version.context.secretID) == 7)
        #expect(keyring.isDestroyed(gone) && keyring.destroyed.map(\.secret) == [gone])
        #expect(try keyring.read(version, wrapped) == "a value")
        // And it goes on from there.
        try await keyring.acknowledge(secret: version.context.secretID, revision: 8)
        keyring.close()
        let again = try self.open(test)
        #expect(again.revision(of: version.context.secretID) == 8)
        again.close()
        let recovered = try KeyringImage.recoverRootKey(from: test.mirrorPath, with: pair)
        let isNew = recovered.equals(try self.newKey())
        #expect(isNew)
        #expect(try self.change(test, recovery: pair.publicKey) == .wasDone)
    }

    @Test(arguments: [
        // Each file as it was or as it is to be, and the mirror gone or damaged as well.
        ("old", "old"), ("old", "new"), ("new", "old"), ("new", "new"), ("old", "none"),
        ("new", "none"), ("old", "rubbish"), ("new", "rubbish"),
    ])
    func `wherever it is interrupted, the same change finishes it`(
        keyring: String, mirror: String
    ) async throws {
        let test = try TestKeyring()
        let (version, wrapped, _) = try await self.filled(test)
        let old = try TestKeyring.bytes(test.path)
        #expect(try self.change(test) == .changed)
        let new = try TestKeyring.bytes(test.path)
        try TestKeyring.write(keyring == "old" ? old : new, to: test.path)
        switch mirror {
        case "none": try FileManager.default.removeItem(atPath: test.mirrorPath)
        case "rubbish": try TestKeyring.write(Array("rubbish".utf8), to: test.mirrorPath)
        default: try TestKeyring.write(mirror == "old" ? old : new, to: test.mirrorPath)
        }
        // What was being written when it ended.
        try TestKeyring.write(Array(new.dropLast(9)), to: "\(test.path).new")
        if keyring == "old", mirror == "new" {
            // A start with the old key does not write over what it cannot read.
            #expect(fault { _ = try test.open() } == .otherRootKey)
        }
        let isDone = (keyring, mirror) == ("new", "new")
        #expect(try self.change(test) == (isDone ? .wasDone : .changed))
        let opened = try self.open(test)
        #expect(opened.repairs.isEmpty)
        #expect(try opened.read(version, wrapped) == "a value")
        opened.close()
    }

    @Test func `changes that only one of the two files has are not lost`() async throws {
        let test = try TestKeyring()
        _ = try await self.filled(test)
        let older = try TestKeyring.bytes(test.path)
        let secret = UUID()
        let keyring = try test.open()
        try await keyring.acknowledge(secret: secret, revision: 5)
        keyring.close()
        try TestKeyring.write(older, to: test.path)
        #expect(try self.change(test) == .changed)
        let opened = try self.open(test)
        #expect(opened.revision(of: secret) == 5)
        opened.close()
    }

    @Test func `where a file cannot be written everything stays under the old key`() async throws {
        let test = try TestKeyring()
        let (version, wrapped, _) = try await self.filled(test)
        let mirror = (test.mirrorPath as NSString).deletingLastPathComponent
        for directory in [mirror, test.directory.path] {
            // The file that is written beside the old one is in its way.
            let obstacle = "\(directory)/keyring.new"
            try FileManager.default.createDirectory(
                atPath: obstacle, withIntermediateDirectories: false)
            #expect(throws: KeyringError.self) { _ = try self.change(test) }
            try FileManager.default.removeItem(atPath: obstacle)
            let keyring = try test.open()
            #expect(keyring.repairs.isEmpty)
            #expect(try keyring.read(version, wrapped) == "a value")
            #expect(throws: StartupError.self) { _ = try self.change(test) }
            keyring.close()
        }
    }

    @Test func `another recovery key takes the place of the first`() async throws {
        let test = try TestKeyring()
        let first = try BoxKeyPair()
        let second = try BoxKeyPair()
        try test.create(recovery: first.publicKey).close()
        let before = try TestKeyring.bytes(test.path)
        let image = try RootKeyChange(test.directory).setRecovery(
            second.publicKey, rootKey: try test.rootKey())
        #expect(image.header.recovery?.keyID == SealingKey.identifier(of: second.publicKey.bytes))
        for path in [test.path, test.mirrorPath] {
            let rootKey = try KeyringImage.recoverRootKey(from: path, with: second)
            let isSame = rootKey.equals(try test.rootKey())
            #expect(isSame)
            #expect(throws: StartupError.self) {
                _ = try KeyringImage.recoverRootKey(from: path, with: first)
            }
        }
        // Interrupted between the mirror and the keyring: it was not done, and nothing is lost.
        try TestKeyring.write(before, to: test.path)
        let keyring = try test.open()
        #expect(keyring.recoveryKeyID == SealingKey.identifier(of: first.publicKey.bytes))
        keyring.close()
        let none = try RootKeyChange(test.directory).setRecovery(
            nil, rootKey: try test.rootKey())
        #expect(none.header.recovery == nil)
    }

    @Test(.timeLimit(.minutes(2)))
    func `by the commands: killed at any moment, the same command finishes`() async throws {
        let test = try TestKeyring()
        let (version, wrapped, _) = try await self.filled(test)
        let credential = test.file("vault-root-key")
        var current = try test.rootKey().withUnsafeBytes { Array($0) }
        try Self.writeKey(current, to: credential)
        let vault = VaultCommand(test)
        for round in 0..<12 {
            let newKey = test.file("new-\(round)")
            #expect(try await vault.run("create-root-key", "--output", newKey).status == 0)
            let words = ["rotate-root-key", "--new-root-key", newKey, "--without-recovery-key"]
            let process = try ChildProcess.start(
                VaultCommand.executable, words, environment: vault.environment)
            // Each round lets it come a little further.
            for _ in 0..<round * 4_000 where process.isRunning { await Task.yield() }
            process.send(signal: SIGKILL)
            _ = await process.status()
            let finished = try await vault.run(words)
            #expect(finished.status == 0, "\(finished.output)")
            current = try TestKeyring.bytes(newKey)
            try FileManager.default.removeItem(atPath: credential)
            try Self.writeKey(current, to: credential)
            #expect(try await vault.run("keyring-status").output.contains("mirror    the same"))
        }
        let keyring = try Keyring(
            opening: test.directory, rootKey: try SecretBytes(taking: &current))
        #expect(try keyring.read(version, wrapped) == "a value")
        let refused = try await vault.run("set-recovery-key", "--without-recovery-key")
        #expect(refused.status == 1 && refused.output.contains("Another process"))
        keyring.close()
        let made = try await vault.run("create-recovery-key", "--output", test.file("recovery"))
        let publicKey = made.output.trimmingCharacters(in: .newlines)
        #expect(try await vault.run("set-recovery-key").status == 78)
        let set = try await vault.run("set-recovery-key", "--recovery-key", publicKey)
        #expect(set.status == 0 && set.output.contains("by the new recovery key"))
        try FileManager.default.removeItem(atPath: test.path)
        let restored = try await vault.run(
            "restore-keyring", "--from", test.mirrorPath, "--recovery-key", test.file("recovery"),
            "--root-key-output", test.file("restored"))
        #expect(restored.status == 0, "\(restored.output)")
        #expect(try TestKeyring.bytes(test.file("restored")) == TestKeyring.bytes(credential))
    }

    private static func writeKey(_ bytes: [UInt8], to path: String) throws {
        try TestKeyring.write(bytes, to: path)
        chmod(path, 0o400)
    }
}
