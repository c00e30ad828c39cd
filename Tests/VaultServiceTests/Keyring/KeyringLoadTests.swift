import Dispatch
import Foundation
import Glibc
import SecretFormat
import ServiceKit
import Sodium
import Testing

@testable import VaultService

/// Many changes at once, and a disk that has no room for them.
@Suite struct KeyringLoadTests {
    @Test func `changes that come together share writes, and each is on disk as it returns`()
        async throws
    {
        let test = try TestKeyring()
        let keyring = try test.create()
        let count = 2_000
        try await withThrowingTaskGroup { group in
            for number in 0..<count {
                group.addTask {
                    let secret = UUID()
                    try await keyring.addDestructionKey(secret: secret, version: 1)
                    guard number % 100 == 0 else { return }
                    let id = VersionID(secret: secret, version: 1)
                    #expect(try test.image().state.destructionKeys[id] != nil)
                    #expect(try test.image(test.mirrorPath).state.destructionKeys[id] != nil)
                }
            }
            try await group.waitForAll()
        }
        #expect(keyring.destructionKeyCount == count && keyring.counter == Int64(3 + count))
        let frames = try test.image().chain.count
        #expect(frames < UInt64(count / 4), "\(frames) writes")
    }

    @Test func `changes of one secret follow each other`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let secret = UUID()
        try await withThrowingTaskGroup { group in
            for revision: Int64 in 1...200 {
                group.addTask {
                    try await keyring.acknowledge(secret: secret, revision: revision)
                    #expect(keyring.revision(of: secret).map { $0 >= revision } == true)
                    try await keyring.addDestructionKey(secret: secret, version: revision % 7)
                }
            }
            try await group.waitForAll()
        }
        #expect(keyring.revision(of: secret) == 200 && keyring.destructionKeyCount == 7)
        keyring.close()
        #expect(try test.open().revision(of: secret) == 200)
    }

    @Test(arguments: [true, false])
    func `of two changes of a secret that wait together, the second sees the first`(
        destroysFirst: Bool
    ) async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let (secret, gate) = (UUID(), DispatchSemaphore(value: 0))
        let add = { @Sendable in
            try await keyring.addDestructionKey(secret: secret, version: 1)
        }
        let destroy = { @Sendable in
            try await keyring.destroy(secret: secret, versions: [1], wholeSecret: false)
        }
        let (entered, enter) = AsyncStream.makeStream(of: Void.self)
        async let held = keyring.writer.change(.epochs) { _ in
            enter.yield()
            gate.wait()
            return []
        }
        // From here on the queue stands still.
        for await _ in entered { break }
        async let first: Void = destroysFirst ? destroy() : add()
        while keyring.writer.waitingCount != 1 { await Task.yield() }
        async let second: Void = destroysFirst ? add() : destroy()
        while keyring.writer.waitingCount != 2 { await Task.yield() }
        gate.signal()
        _ = try await held
        try await first
        var refusal: KeyringError?
        do {
            try await second
        } catch let error as KeyringError {
            refusal = error
        }
        #expect(refusal == (destroysFirst ? .destroyed : nil))
        #expect(keyring.isDestroyed(secret, version: 1) && keyring.destructionKeyCount == 0)
        #expect(try test.image().state.destructionKeys.isEmpty)
    }

    @Test func `a keyring that is closed finishes what waits and takes nothing more`()
        async throws
    {
        let test = try TestKeyring()
        let keyring = try test.create()
        let taken = await withTaskGroup { group in
            for _ in 0..<200 {
                group.addTask {
                    do {
                        try await keyring.acknowledge(secret: UUID(), revision: 1)
                        return 1
                    } catch {
                        return 0
                    }
                }
            }
            keyring.close()
            return await group.reduce(0, +)
        }
        await #expect(throws: KeyringError.self) {
            try await keyring.acknowledge(secret: UUID(), revision: 1)
        }
        #expect(try test.open().counter == Int64(3 + taken))
    }

    @Test func `on a full disk changes are refused, nothing is lost, and room is enough to go on`()
        async throws
    {
        let test = try TestKeyring()
        guard let disk = SmallDisk(at: test.directory.path, byteCount: 64 << 10) else { return }
        defer { disk.unmount() }
        var keyring = try test.create()
        let filler = "\(test.directory.path)/filler"
        var stored: [UUID] = []
        var error: KeyringError?
        try TestKeyring.write([UInt8](repeating: 1, count: 32 << 10), to: filler)
        while error == nil {
            let secret = UUID()
            do {
                try await keyring.addDestructionKey(secret: secret, version: 1)
                stored.append(secret)
            } catch let thrown as KeyringError {
                error = thrown
            }
            try #require(stored.count < 10_000)
        }
        guard case .unwritable? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(keyring.destructionKeyCount == stored.count && keyring.objection == error)
        #expect(try test.image().state.destructionKeys.count == stored.count)
        // What was written in part is not taken for somebody else's doing.
        do {
            _ = try await keyring.addEpoch()
            Issue.record("the disk is full")
        } catch KeyringError.unwritable {}
        try FileManager.default.removeItem(atPath: filler)
        try await keyring.addDestructionKey(secret: UUID(), version: 1)
        #expect(keyring.objection == nil)
        keyring.close()
        keyring = try test.open()
        #expect(keyring.repairs == [] && keyring.destructionKeyCount == stored.count + 1)
        #expect(
            stored.allSatisfy { secret in
                let id = VersionID(secret: secret, version: 1)
                return keyring.writer.withState { $0.destructionKeys[id] != nil }
            })
        keyring.close()
    }
}

/// A file system in memory that has little room.
private struct SmallDisk {
    private let path: String

    /// Mounts it; `nil` where that is not allowed.
    init?(at path: String, byteCount: Int) {
        guard mount("tmpfs", path, "tmpfs", 0, "size=\(byteCount),mode=700") == 0 else {
            return nil
        }
        self.path = path
    }

    func unmount() { umount2(self.path, Int32(MNT_DETACH)) }
}
