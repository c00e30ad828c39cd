import Foundation
import SecretFormat
import ServiceKit
import Sodium
import Testing

@testable import VaultService

/// What a crash leaves behind is opened; what somebody has changed is not.
@Suite struct KeyringFileTests {
    /// A file with some changes behind its beginning, and where each of its frames ends.
    private static func sample() async throws -> (TestKeyring, [UInt8], ends: [Int]) {
        let test = try TestKeyring(hasMirror: false)
        let keyring = try test.create()
        var ends = [try TestKeyring.bytes(test.path).count]
        for revision: Int64 in 1...3 {
            try await keyring.acknowledge(secret: UUID(), revision: revision)
            ends.append(try TestKeyring.bytes(test.path).count)
        }
        keyring.close()
        return (test, try TestKeyring.bytes(test.path), ends)
    }

    @Test func `cut at any byte, it has every change that was whole, and says what was not`()
        async throws
    {
        let (test, bytes, ends) = try await Self.sample()
        for count in 0..<bytes.count {
            let cut = Array(bytes.prefix(count))
            guard let whole = ends.lastIndex(where: { $0 <= count }) else {
                let found = fault { try test.opening(cut) { _ in } }
                #expect(found == .notAKeyring || found == .incomplete)
                continue
            }
            try test.opening(cut) { keyring in
                #expect(keyring.counter == Int64(3 + whole))
                let tail = count - ends[whole]
                #expect(keyring.repairs == (tail == 0 ? [] : [.droppedTail(byteCount: tail)]))
                #expect(keyring.objection == nil)
            }
        }
    }

    @Test func `after a change that was cut, the next one counts`() async throws {
        let (test, bytes, ends) = try await Self.sample()
        for count in [ends[2], ends[2] + 1, ends[2] + 20, ends[3] - 1] {
            try TestKeyring.write(Array(bytes.prefix(count)), to: test.path)
            let secret = UUID()
            var keyring = try test.open()
            try await keyring.acknowledge(secret: secret, revision: 7)
            keyring.close()
            keyring = try test.open()
            #expect(keyring.repairs == [])
            #expect(keyring.counter == 6 && keyring.revision(of: secret) == 7)
            keyring.close()
        }
    }

    @Test func `room that a file system made and did not fill is no change`() async throws {
        let (test, bytes, ends) = try await Self.sample()
        for count in [1, 19, 20, 21, 4_096] {
            let zeros = [UInt8](repeating: 0, count: count)
            try test.opening(bytes.prefix(ends[2]) + zeros) { keyring in
                #expect(keyring.counter == 5)
                #expect(keyring.repairs == [.droppedTail(byteCount: count)])
            }
        }
    }

    @Test func `rubbish behind the last change is refused, with its place`() async throws {
        let (test, bytes, _) = try await Self.sample()
        for count in [20, 21, 100, 4_096] {
            let rubbish = Sodium.randomBytes(count)
            #expect(
                fault { try test.opening(bytes + rubbish) { _ in } }
                    == .broken(offset: bytes.count, "no frame in its place"))
        }
    }

    @Test func `one bit changed anywhere before the last change is refused, with its place`()
        async throws
    {
        let (test, bytes, ends) = try await Self.sample()
        for index in 0..<ends[2] {
            var changed = bytes
            changed[index] ^= 1
            let found = fault { try test.opening(changed) { _ in } }
            switch found {
            case .notAKeyring, .otherRootKey, .otherVault: #expect(index < ends[0])
            case .broken(let offset, _):
                let isBeginning = index < ends[0]
                let frame = ends.lastIndex { $0 <= index }.map { ends[$0] }
                #expect(isBeginning || offset == frame, "byte \(index): \(offset)")
            default: Issue.record("byte \(index): \(String(describing: found))")
            }
        }
    }

    @Test func `one bit changed in the last change drops it or is refused`() async throws {
        let (test, bytes, ends) = try await Self.sample()
        for index in ends[2]..<bytes.count {
            var changed = bytes
            changed[index] ^= 1
            let found = fault {
                try test.opening(changed) { keyring in
                    #expect(keyring.counter == 5 && !keyring.repairs.isEmpty)
                }
            }
            let isHead = index < ends[2] + 20
            #expect((found != nil) == isHead, "byte \(index)")
        }
    }

    @Test func `changes are not left out, exchanged, or taken from another file`() async throws {
        let (test, bytes, ends) = try await Self.sample()
        let start = Array(bytes.prefix(ends[0]))
        let frames = zip(ends, ends.dropFirst()).map { Array(bytes[$0..<$1]) }
        let orders = [[1, 2], [0, 2], [0, 0, 1, 2], [1, 0, 2], [2, 1, 0]]
        for order in orders {
            let changed = start + order.flatMap { frames[$0] }
            guard case .broken? = fault({ try test.opening(changed) { _ in } }) else {
                Issue.record("\(order) was opened")
                continue
            }
        }
        // The same keyring, written anew: every frame means the same and none fits.
        let keyring = try test.open()
        try await keyring.destroy(secret: UUID(), versions: [1], wholeSecret: false)
        keyring.close()
        let anew = try TestKeyring.bytes(test.path)
        guard case .broken? = fault({ try test.opening(anew + frames[2]) { _ in } }) else {
            Issue.record("a frame of the file before was taken")
            return
        }
    }

    @Test func `a copy that was interrupted is not taken for a keyring with fewer keys`()
        async throws
    {
        let test = try TestKeyring(hasMirror: false)
        let keyring = try test.create()
        try await withThrowingTaskGroup { group in
            for version: Int64 in 1...1_500 {
                group.addTask {
                    try await keyring.addDestructionKey(secret: UUID(), version: version)
                }
            }
            try await group.waitForAll()
        }
        try await keyring.destroy(secret: UUID(), versions: [], wholeSecret: true)
        keyring.close()
        let bytes = try TestKeyring.bytes(test.path)
        #expect(try test.image().chain.count == 3)
        for count in stride(from: 200, to: bytes.count, by: 997) {
            #expect(
                fault { try test.opening(Array(bytes.prefix(count))) { _ in } } == .incomplete)
        }
        #expect(try test.image().state.destructionKeys.count == 1_500)
    }

    @Test func `a process that got past the lock is not disturbed by the one before`()
        async throws
    {
        let test = try TestKeyring()
        let keyring = try test.create()
        try await keyring.acknowledge(secret: UUID(), revision: 1)
        // As another writer would leave it.
        let bytes = try TestKeyring.bytes(test.path)
        try FileManager.default.removeItem(atPath: test.path)
        try TestKeyring.write(bytes + [1], to: test.path)
        await #expect(throws: KeyringError.fenced(test.path)) {
            try await keyring.acknowledge(secret: UUID(), revision: 1)
        }
        await #expect(throws: KeyringError.fenced(test.path)) { _ = try await keyring.addEpoch() }
        #expect(keyring.objection == .fenced(test.path))
        #expect(try TestKeyring.bytes(test.path) == bytes + [1])
    }

    @Test func `a file that grows is written anew and says the same`() async throws {
        let test = try TestKeyring()
        let keyring = try test.create()
        let secrets = (0..<512).map { _ in UUID() }
        let roundCount: Int64 = 120
        var sizes: [Int] = []
        for round in 1...roundCount {
            try await withThrowingTaskGroup { group in
                for secret in secrets {
                    group.addTask {
                        try await keyring.acknowledge(secret: secret, revision: round)
                    }
                }
                try await group.waitForAll()
            }
            sizes.append(try TestKeyring.bytes(test.path).count)
        }
        #expect(sizes.max().map { $0 < 1_100_000 } == true)
        #expect(zip(sizes, sizes.dropFirst()).contains { $0 > $1 })
        keyring.close()
        let again = try test.open()
        #expect(secrets.allSatisfy { again.revision(of: $0) == roundCount })
        #expect(again.counter == 3 + roundCount * 512)
    }
}
