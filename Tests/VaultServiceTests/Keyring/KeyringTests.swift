import Foundation
import SecretFormat
import ServiceKit
import Sodium
import Testing

@testable import VaultService

/// What a keyring does with keys, and what it still knows after it was closed.
@Suite struct KeyringTests {
    @Test func `a value that was stored is read, also after the keyring was closed`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let (version, wrapped) = try await keyring.store("hunter2", as: keyring.context())
        #expect(wrapped.bytes.count == DataKey.boxByteCount + SealedValue.overheadByteCount)
        #expect(try keyring.read(version, wrapped) == "hunter2")
        let (identity, key) = (keyring.identity, keyring.sealingKey)
        keyring.close()
        let again = try test.open()
        #expect(again.repairs == [] && again.objection == nil)
        #expect(again.identity == identity && again.sealingKey.publicKey == key.publicKey)
        #expect(try again.sealingKey.check(identity: identity).bytes == key.publicKey)
        #expect(try again.read(version, wrapped) == "hunter2")
    }

    @Test func `a box for another version is neither taken nor released`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let secret = UUID()
        let (first, wrapped) = try await keyring.store("a", as: keyring.context(secret))
        let (second, _) = try await keyring.store("b", as: keyring.context(secret, version: 2))
        #expect(throws: SecretFormatError.otherContext) {
            try keyring.accept(
                first.sealedKey, keyID: first.keyID, context: second.context,
                commitment: first.commitment)
        }
        #expect(throws: SecretFormatError.otherKey) {
            try keyring.accept(
                first.sealedKey, keyID: first.keyID, context: first.context,
                commitment: second.commitment)
        }
        #expect(throws: KeyringError.wrappingBroken) { try keyring.read(second, wrapped) }
        let cut = WrappedKey(bytes: Array(wrapped.bytes.dropLast()), keyID: wrapped.keyID)
        #expect(throws: KeyringError.wrappingBroken) { try keyring.read(first, cut) }
    }

    @Test func `a key that is not in the keyring is not searched for`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let (version, wrapped) = try await keyring.store("a", as: keyring.context())
        let other = WrappedKey(bytes: wrapped.bytes, keyID: [UInt8](repeating: 0, count: 16))
        #expect(throws: KeyringError.unknownKey) { try keyring.read(version, other) }
        _ = try await keyring.addEpoch()
        let active = WrappedKey(bytes: wrapped.bytes, keyID: keyring.sealingKey.identifier)
        #expect(throws: SecretFormatError.broken) { try keyring.read(version, active) }
        #expect(try keyring.read(version, wrapped) == "a")
    }

    @Test func `with a new epoch old versions are read, rewrapped, and then need no old key`()
        async throws
    {
        let test = try TestKeyring()
        let keyring = try test.create()
        let old = keyring.sealingKey
        let (version, wrapped) = try await keyring.store("a", as: keyring.context())
        let epoch = try await keyring.addEpoch()
        #expect(epoch.number == 2 && epoch.state == .active)
        #expect(keyring.epochs.map(\.state) == [.openOnly, .active])
        #expect(keyring.sealingKey.identifier == epoch.keyID)
        #expect(try keyring.read(version, wrapped) == "a")
        let rewrapped = try keyring.rewrap(wrapped, context: version.context)
        #expect(rewrapped.keyID == epoch.keyID)
        #expect(try keyring.rewrap(rewrapped, context: version.context) == rewrapped)
        // Sealed by somebody who has not heard of the new key.
        let (late, lateWrapped) = try await keyring.store("b", as: keyring.context(), with: old)
        #expect(lateWrapped.keyID == epoch.keyID)
        await #expect(throws: KeyringError.wrongEpoch(2)) { try await keyring.destroyEpoch(2) }
        await #expect(throws: KeyringError.wrongEpoch(9)) { try await keyring.destroyEpoch(9) }
        try await keyring.destroyEpoch(1)
        keyring.close()
        let again = try test.open()
        #expect(again.epochs.map(\.state) == [.destroyed, .active])
        #expect(try again.read(version, rewrapped) == "a")
        #expect(try again.read(late, lateWrapped) == "b")
        #expect(throws: KeyringError.unknownKey) { try again.read(version, wrapped) }
        #expect(try test.image().state.epochRecords.map { $0.sealedSecret == nil } == [true, false])
    }

    @Test func `codes of rows hold after a restart and for no other row or vault`() throws {
        let (test, other) = (try TestKeyring(), try TestKeyring())
        let (keyring, foreign) = (try test.create(), try other.create())
        let code = try keyring.authenticate([1, 2, 3])
        #expect(code.count == 32)
        #expect(try keyring.isAuthentic(code, for: [1, 2, 3]))
        #expect(try !keyring.isAuthentic(code, for: [1, 2, 4]))
        #expect(try !keyring.isAuthentic(Array(code.dropLast()), for: [1, 2, 3]))
        #expect(try !foreign.isAuthentic(code, for: [1, 2, 3]))
        keyring.close()
        #expect(try test.open().isAuthentic(code, for: [1, 2, 3]))
    }

    @Test func `revisions only grow, and the counter grows with each change`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let (secret, start) = (UUID(), keyring.counter)
        #expect(keyring.revision(of: secret) == nil)
        try await keyring.acknowledge(secret: secret, revision: 5)
        try await keyring.acknowledge(secret: secret, revision: 5)
        try await keyring.acknowledge(secret: secret, revision: 4)
        #expect(keyring.counter == start + 1)
        try await keyring.addDestructionKey(secret: secret, version: 1)
        try await keyring.addDestructionKey(secret: secret, version: 1)
        #expect(keyring.counter == start + 2)
        keyring.close()
        let again = try test.open()
        #expect(again.revision(of: secret) == 5 && again.counter == start + 2)
        #expect(again.destructionKeyCount == 1)
    }

    @Test func `a destroyed version is not read again, and gets no key again`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let secret = UUID()
        let (first, wrapped) = try await keyring.store("a", as: keyring.context(secret))
        let (second, kept) = try await keyring.store("b", as: keyring.context(secret, version: 2))
        try await keyring.destroy(secret: secret, versions: [1], wholeSecret: false)
        try await keyring.destroy(secret: secret, versions: [1], wholeSecret: false)
        #expect(keyring.isDestroyed(secret, version: 1) && !keyring.isDestroyed(secret))
        #expect(!keyring.isDestroyed(secret, version: 2))
        #expect(throws: KeyringError.destroyed) { try keyring.read(first, wrapped) }
        #expect(try keyring.read(second, kept) == "b")
        await #expect(throws: KeyringError.destroyed) {
            try await keyring.addDestructionKey(secret: secret, version: 1)
        }
        try await keyring.destroy(secret: secret, versions: [], wholeSecret: true)
        #expect(keyring.isDestroyed(secret, version: 2) && keyring.isDestroyed(secret))
        keyring.close()
        let again = try test.open()
        #expect(throws: KeyringError.destroyed) { try again.read(second, kept) }
        #expect(again.destroyed.map(\.version) == [1, nil])
        #expect(again.destroyed.allSatisfy { $0.secret == secret })
        await #expect(throws: KeyringError.destroyed) {
            try await again.addDestructionKey(secret: secret, version: 3)
        }
    }

    @Test func `a keyring has one writer, and is never written over`() throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        #expect(throws: StartupError.self) { try test.open() }
        keyring.close()
        #expect(throws: StartupError.self) { try test.create() }
        _ = try test.open()
    }

    @Test func `another root key does not open it`() throws {
        let test = try TestKeyring()
        try test.create().close()
        let other = try SecretBytes(random: 32)
        #expect(fault { _ = try Keyring(opening: test.directory, rootKey: other) } == .otherRootKey)
    }
}
