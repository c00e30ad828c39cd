import Foundation
import Glibc
import SecretFormat
import Sodium
import Testing

@testable import VaultService

/// The mirror is the same, byte for byte, and whichever of the two survives has every change.
@Suite struct KeyringMirrorTests {
    @Test func `the mirror has the same bytes after each change`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let secret = UUID()
        let changes: [@Sendable () async throws -> Void] = [
            { try await keyring.addDestructionKey(secret: secret, version: 1) },
            { try await keyring.acknowledge(secret: secret, revision: 1) },
            { _ = try await keyring.addEpoch() }, { try await keyring.destroyEpoch(1) },
            { try await keyring.destroy(secret: secret, versions: [1], wholeSecret: false) },
            { try await keyring.destroy(secret: secret, versions: [], wholeSecret: true) },
        ]
        for change in changes {
            try await change()
            #expect(try TestKeyring.bytes(test.path) == TestKeyring.bytes(test.mirrorPath))
            #expect(try test.image().state.counter == keyring.counter)
        }
    }

    @Test func `dying between the two writes loses nothing and brings back nothing`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let (secret, other) = (UUID(), UUID())
        var files: [[UInt8]] = []
        try await keyring.addDestructionKey(secret: secret, version: 1)
        files.append(try TestKeyring.bytes(test.path))
        try await keyring.addDestructionKey(secret: other, version: 1)
        files.append(try TestKeyring.bytes(test.path))
        try await keyring.destroy(secret: secret, versions: [], wholeSecret: true)
        files.append(try TestKeyring.bytes(test.path))
        let counter = keyring.counter
        keyring.close()
        // Each with the one before as its mirror, and the other way around.
        for (older, newer) in zip(files, files.dropFirst()) {
            for (file, mirror) in [(older, newer), (newer, older)] {
                try TestKeyring.write(file, to: test.path)
                try TestKeyring.write(mirror, to: test.mirrorPath)
                let again = try test.open()
                let isLast = newer == files[2]
                #expect(again.counter == (isLast ? counter : counter - 1))
                #expect(again.isDestroyed(secret) == isLast)
                #expect(again.destructionKeyCount == (isLast ? 1 : 2))
                #expect(!again.repairs.isEmpty && again.objection == nil)
                again.close()
                let bytes = try TestKeyring.bytes(test.path)
                #expect(try TestKeyring.bytes(test.mirrorPath) == bytes)
                #expect(try test.open().repairs == [])
            }
        }
    }

    @Test func `a change that was cut in one of the files is taken from the other`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let start = try TestKeyring.bytes(test.path).count
        try await keyring.acknowledge(secret: UUID(), revision: 1)
        let counter = keyring.counter
        keyring.close()
        let whole = try TestKeyring.bytes(test.path)
        for count in start..<whole.count {
            let cut = Array(whole.prefix(count))
            for (file, mirror) in [(cut, whole), (whole, cut)] {
                try test.opening(file, mirror: mirror) { keyring in
                    #expect(keyring.counter == counter)
                    #expect(keyring.objection == nil && !keyring.repairs.isEmpty)
                }
            }
        }
    }

    @Test func `a mirror that is missing or damaged is written anew`() async throws {
        let test = try TestKeyring()
        try test.create().close()
        let bytes = try TestKeyring.bytes(test.path)
        for mirror in [nil, [], bytes.dropLast(30) + [1], Array("rubbish".utf8)] {
            try FileManager.default.removeItem(atPath: test.mirrorPath)
            if let mirror { try TestKeyring.write(Array(mirror), to: test.mirrorPath) }
            let keyring = try test.open()
            #expect(keyring.repairs.count == 1 && keyring.objection == nil)
            keyring.close()
            #expect(try TestKeyring.bytes(test.path) == TestKeyring.bytes(test.mirrorPath))
        }
    }

    @Test func `a mirror that disappears while the vault runs is made again`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        try FileManager.default.removeItem(atPath: test.mirrorPath)
        try await keyring.acknowledge(secret: UUID(), revision: 1)
        #expect(try TestKeyring.bytes(test.path) == TestKeyring.bytes(test.mirrorPath))
        try FileManager.default.removeItem(atPath: test.path)
        try await keyring.acknowledge(secret: UUID(), revision: 1)
        #expect(try TestKeyring.bytes(test.path) == TestKeyring.bytes(test.mirrorPath))
    }

    @Test func `another vault's mirror is left alone`() throws {
        let (test, other) = (try TestKeyring(), try TestKeyring())
        let keyring = try test.create()
        let vaultID = keyring.vaultID
        keyring.close()
        let foreign = try Keyring(creatingIn: other.directory, rootKey: try test.rootKey())
        foreign.close()
        let bytes = try TestKeyring.bytes(other.path)
        try TestKeyring.write(bytes, to: test.mirrorPath)
        #expect(
            fault { _ = try test.open() }
                == .otherVault(expected: vaultID, found: foreign.vaultID))
        #expect(try TestKeyring.bytes(test.mirrorPath) == bytes)
    }

    @Test func `without its mirror the keyring reads and changes nothing, until it is back`()
        async throws
    {
        let test = try TestKeyring()
        let keyring = try test.create()
        let (version, wrapped) = try await keyring.store("a", as: keyring.context())
        let counter = keyring.counter
        let folder = URL(fileURLWithPath: test.mirrorPath).deletingLastPathComponent()
        let away = URL(fileURLWithPath: test.file("away"))
        try FileManager.default.moveItem(at: folder, to: away)
        let secret = UUID()
        for _ in 0..<3 {
            var error: KeyringError?
            do {
                try await keyring.addDestructionKey(secret: secret, version: 1)
            } catch let thrown as KeyringError {
                error = thrown
            }
            guard case .unwritable? = error else {
                Issue.record("the change was taken")
                return
            }
            #expect(keyring.objection == error && keyring.counter == counter)
            #expect(try keyring.read(version, wrapped) == "a")
        }
        // Nothing new is asked for, so there is nothing to refuse.
        try await keyring.addDestructionKey(
            secret: version.context.secretID, version: version.context.version)
        try FileManager.default.moveItem(at: away, to: folder)
        try await keyring.addDestructionKey(secret: secret, version: 1)
        #expect(keyring.objection == nil && keyring.counter == counter + 1)
        #expect(try TestKeyring.bytes(test.path) == TestKeyring.bytes(test.mirrorPath))
    }

    @Test func `a vault whose mirror is away starts, reads, and says so`() async throws {
        let test = try TestKeyring()
        var keyring = try test.create()
        let (version, wrapped) = try await keyring.store("a", as: keyring.context())
        keyring.close()
        let folder = URL(fileURLWithPath: test.mirrorPath).deletingLastPathComponent()
        try FileManager.default.moveItem(
            at: folder, to: URL(fileURLWithPath: test.file("away")))
        keyring = try test.open()
        #expect(keyring.objection != nil && !keyring.repairs.isEmpty)
        #expect(try keyring.read(version, wrapped) == "a")
        await #expect(throws: KeyringError.self) { _ = try await keyring.addEpoch() }
    }

    @Test func `what is destroyed is gone from both files, and wiped where they were`()
        async throws
    {
        let test = try TestKeyring()
        let keyring = try test.create()
        let secret = UUID()
        let (version, wrapped) = try await keyring.store("a", as: keyring.context(secret))
        let backup = try TestKeyring.bytes(test.path)
        let paths = [test.path, test.mirrorPath]
        let old = paths.map { path in Glibc.open(path, O_RDONLY | O_CLOEXEC) }
        try await keyring.destroy(secret: secret, versions: [], wholeSecret: true)
        for path in [test.path, test.mirrorPath] {
            let state = try test.image(path).state
            #expect(state.destructionKeys.isEmpty && state.destroyedSecrets[secret] != nil)
        }
        for descriptor in old {
            var left = [UInt8](repeating: 1, count: backup.count)
            #expect(pread(descriptor, &left, left.count, 0) == backup.count)
            #expect(left.allSatisfy { $0 == 0 })
            close(descriptor)
        }
        // A database from before has the wrapped key still: today's keyring does not open it.
        #expect(throws: KeyringError.destroyed) { try keyring.read(version, wrapped) }
    }

    @Test func `a new file that was never put in place is not read`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        keyring.close()
        for path in [test.path, test.mirrorPath] {
            try TestKeyring.write(Sodium.randomBytes(1_000), to: "\(path).new")
        }
        let again = try test.open()
        #expect(again.repairs == [])
        try await again.destroy(secret: UUID(), versions: [1], wholeSecret: false)
        #expect(try test.image().state.counter == again.counter)
        #expect(!FileManager.default.fileExists(atPath: "\(test.path).new"))
    }
}
