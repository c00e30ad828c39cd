import Foundation
import ProcessTestSupport
import SecretFormat
import ServiceKit
import Sodium
import Testing

@testable import VaultService

/// The way back after a keyring or its root key was lost, and the commands that lead there.
@Suite struct KeyringRecoveryTests {
    @Test func `a keyring is restored from its mirror and reads what was stored`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let (version, wrapped) = try await keyring.store("a", as: keyring.context())
        keyring.close()
        try FileManager.default.removeItem(atPath: test.path)
        #expect(fault { _ = try test.open() } == .missing(test.path))
        let (image, keys) = try KeyringImage.read(test.mirrorPath, rootKey: try test.rootKey())
        let restored = try Keyring(
            try OpenedKeyring(restoring: image, in: test.directory, keys: keys))
        #expect(try restored.read(version, wrapped) == "a")
        #expect(try TestKeyring.bytes(test.path) == TestKeyring.bytes(test.mirrorPath))
    }

    @Test func `an older copy is not restored beside a newer mirror, nor over a keyring`()
        async throws
    {
        let test = try TestKeyring()
        let keyring = try test.create()
        let older = test.file("older")
        try TestKeyring.write(try TestKeyring.bytes(test.path), to: older)
        try await keyring.acknowledge(secret: UUID(), revision: 1)
        keyring.close()
        let (image, keys) = try KeyringImage.read(older, rootKey: try test.rootKey())
        #expect(throws: StartupError.self) {
            _ = try OpenedKeyring(restoring: image, in: test.directory, keys: keys)
        }
        try FileManager.default.removeItem(atPath: test.path)
        #expect(throws: StartupError.self) {
            _ = try OpenedKeyring(restoring: image, in: test.directory, keys: keys)
        }
        // A damaged mirror is no reason to refuse.
        try TestKeyring.write(Array("rubbish".utf8), to: test.mirrorPath)
        #expect(throws: (any Error).self) {
            _ = try OpenedKeyring(restoring: image, in: test.directory, keys: keys)
        }
        try FileManager.default.removeItem(atPath: test.mirrorPath)
        _ = try OpenedKeyring(restoring: image, in: test.directory, keys: keys)
    }

    @Test func `the recovery key opens the root key that a keyring carries, and no other does`()
        throws
    {
        let test = try TestKeyring()
        let pair = try BoxKeyPair()
        let other = try BoxKeyPair()
        try test.create(recovery: pair.publicKey).close()
        let rootKey = try KeyringImage.recoverRootKey(from: test.mirrorPath, with: pair)
        let isSame = rootKey.equals(try test.rootKey())
        #expect(isSame)
        #expect(throws: StartupError.self) {
            _ = try KeyringImage.recoverRootKey(from: test.mirrorPath, with: other)
        }
        let without = try TestKeyring()
        try without.create().close()
        #expect(throws: StartupError.self) {
            _ = try KeyringImage.recoverRootKey(from: without.path, with: pair)
        }
    }

    @Test func `a recovery box does not pass for another vault's`() throws {
        let pair = try BoxKeyPair()
        let rootKey = try SecretBytes(random: 32)
        let vaultID = UUID()
        let box = try RecoveryBox(rootKey: rootKey, of: vaultID, to: pair.publicKey)
        let opened = try box.rootKey(of: vaultID, with: pair)
        let isSame = opened.equals(rootKey)
        #expect(isSame)
        #expect(throws: SodiumError.sealBroken) {
            _ = try box.rootKey(of: UUID(), with: pair)
        }
    }

    @Test func `the recovery box is in the file still after it was written anew`() async throws {
        let test = try TestKeyring()
        let pair = try BoxKeyPair()
        var keyring = try test.create(recovery: pair.publicKey)
        try await keyring.destroy(secret: UUID(), versions: [], wholeSecret: true)
        keyring.close()
        keyring = try test.open()
        try await keyring.destroy(secret: UUID(), versions: [], wholeSecret: true)
        let rootKey = try KeyringImage.recoverRootKey(from: test.path, with: pair)
        let isSame = rootKey.equals(try test.rootKey())
        #expect(isSame)
    }

    @Test func `a recovery key that begins with a hyphen is taken for a key`() async throws {
        let test = try TestKeyring()
        let vault = VaultCommand(test)
        let rootKey = test.file("vault-root-key")
        #expect(try await vault.run("create-root-key", "--output", rootKey).status == 0)
        let made = try await vault.run(
            "init", "--recovery-key", "-lcuRr_fLWCmm3UZYMSMUukASINtu3xW2kNtcp0-CDQ")
        #expect(made.status == 0, "\(made.output)")
    }

    @Test func `by the commands: keys, keyring, loss of everything but mirror and recovery key`()
        async throws
    {
        let test = try TestKeyring()
        let vault = VaultCommand(test)
        let rootKey = test.file("vault-root-key")
        #expect(try await vault.run("create-root-key", "--output", rootKey).status == 0)
        #expect(try TestKeyring.bytes(rootKey).count == 32)
        #expect(try await vault.run("create-root-key", "--output", rootKey).status == 1)
        let made = try await vault.run("create-recovery-key", "--output", test.file("recovery"))
        let publicKey = made.output.trimmingCharacters(in: .newlines)
        #expect(Base64URL.decode(publicKey)?.count == 32)
        #expect(try await vault.run("init").status == 78)
        let first = try await vault.run("init", "--recovery-key", publicKey)
        #expect(first.status == 0 && first.output.contains("epoch     1"))
        #expect(try await vault.run("init", "--recovery-key", publicKey).status == 1)
        let status = try await vault.run("keyring-status")
        #expect(status.status == 0 && status.output.hasPrefix(first.output))
        #expect(status.output.contains("recovery  by a recovery key"))
        #expect(status.output.contains("mirror    the same"))

        let lost = try TestKeyring.bytes(rootKey)
        try FileManager.default.removeItem(atPath: rootKey)
        try FileManager.default.removeItem(atPath: test.path)
        let refused = try await vault.run("restore-keyring", "--from", test.mirrorPath)
        #expect(refused.status == 78 && refused.output.contains("vault-root-key"))
        let restored = try await vault.run(
            "restore-keyring", "--from", test.mirrorPath, "--recovery-key", test.file("recovery"),
            "--root-key-output", rootKey)
        #expect(restored.status == 0, "\(restored.output)")
        #expect(try TestKeyring.bytes(rootKey) == lost)
        #expect(try await vault.run("keyring-status").output == status.output)
    }

    @Test(.enabled(if: geteuid() == 0, "only root can take the right to lock memory away"))
    func `where memory cannot be locked nothing is read and nothing made`() async throws {
        let test = try TestKeyring()
        let output = test.file("key")
        let refused = try await Program.run(
            "/usr/bin/setpriv",
            [
                "--bounding-set", "-ipc_lock", "--inh-caps", "-ipc_lock", "/usr/bin/prlimit",
                "--memlock=0:0", VaultCommand.executable, "create-root-key", "--output", output,
            ])
        #expect(refused.status == 78 && refused.output.contains("locked"), "\(refused)")
        #expect(!FileManager.default.fileExists(atPath: output))
    }
}
