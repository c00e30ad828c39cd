import AuditAPI
import AuditFormat
import AuditTestSupport
import Foundation
import Testing
import TransparencyLog

@testable import rpcctl

@Suite("The audit log verified, by the real executable", .serialized, .timeLimit(.minutes(2)))
struct AuditVerifyTests {
    @Test("A log as it was signed is sound; its key is remembered with a word about it")
    func sound() async throws {
        let audit = try await AuditLab()
        let first = try await audit.lab.run("audit", "verify")
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("20 entries, none changed and none missing"))
        #expect(first.output.contains("10 as recorded, 0 not sent"))
        #expect(first.errors.contains(audit.key))
        let second = try await audit.lab.run("audit", "verify", "--without-payloads")
        #expect(second.status == 0)
        #expect(second.errors == "")
        #expect(second.output.contains("0 as recorded, 10 not sent"))
        await audit.stop()
    }

    @Test("Whatever is changed in the log is named, and the exit code is 4")
    func changed() async throws {
        let changes: [(String, @Sendable (inout AuditLab.State) throws -> Void)] = [
            ("entry 7", { $0.stored[7].entry[20] ^= 1 }),
            ("entry 8", { $0.stored[8].leafHash[0] ^= 1 }),
            ("entry 6", { $0.stored[6].payload?[4] ^= 1 }),
            ("entry 9", { $0.stored.remove(at: 9) }),
            ("entry 19", { $0.stored.removeLast() }),
            ("checkpoint 20", { $0.checkpoint = try $0.signed.changing(3) }),
            ("tile 0/0", { $0.faults = [LogFault(place: "tile 0/0", description: "Changed.")] }),
        ]
        for (place, change) in changes {
            let audit = try await AuditLab()
            try audit.state.withLock { try change(&$0) }
            let result = try await audit.lab.run("audit", "verify", "--key", audit.key)
            #expect(result.status == 4, "\(place)")
            #expect(result.errors.contains("First of all, \(place): "), "\(result.errors)")
            await audit.stop()
        }
    }

    @Test("Every earlier epoch is verified by what the first entry of the next says of it")
    func epochs() async throws {
        let audit = try await AuditLab()
        try audit.state.withLock { state in
            let earlier = state.signed
            state.earlier = Array(earlier.entries.prefix(12))
            state.signed = try SampleLog(6, after: earlier, keeping: 12)
            state.stored = state.signed.entries
        }
        let sound = try await audit.lab.run("audit", "verify", "--key", audit.key)
        #expect(sound.status == 0, "\(sound.errors)")
        #expect(sound.output.contains("12 entries were kept"), "\(sound.output)")
        #expect(sound.output.contains("entries 12 to 19 are lost"), "\(sound.output)")
        let kept = audit.state.withLock { $0.earlier ?? [] }
        let changes: [(String, @Sendable (inout [StoredEntry]) -> Void)] = [
            ("epoch 1, entry 7", { $0[7].entry[20] ^= 1 }),
            ("epoch 1, entry 9", { $0.remove(at: 9) }),
            ("epoch 1, entry 11", { $0.removeLast() }),
            (
                "epoch 1, checkpoint 12",
                { entries in
                    entries[3].entry = entries[5].entry
                    entries[3].leafHash = entries[5].leafHash
                    (entries[3].payload, entries[3].salt) = (entries[5].payload, entries[5].salt)
                }
            ),
        ]
        for (place, change) in changes {
            var changed = kept
            change(&changed)
            audit.state.withLock { [changed] in $0.earlier = changed }
            let result = try await audit.lab.run("audit", "verify", "--key", audit.key)
            #expect(result.status == 4, "\(place)")
            #expect(result.output.contains(place), "\(place): \(result.output)")
        }
        await audit.stop()
    }

    /// A log in its second epoch, whose first entry of identity says that it follows an event.
    private func continued(from sequence: Int64, _ state: inout AuditLab.State) throws {
        state.signed = try SampleLog(0, after: try SampleLog(20), keeping: 12)
        let event = AuditEvent(
            id: SampleLog.id(99), occurredAt: Date(timeIntervalSince1970: 1_700_000_000),
            action: .signedIn)
        try state.signed.append(
            LogEntry(
                producer: "identity", epoch: 1, sequence: 7, event: try event.canonicalBytes,
                receivedAt: Date(timeIntervalSince1970: 1_700_000_000), followsEpoch: 1,
                followsSequence: sequence, followsEarlierLog: true))
        state.stored = state.signed.entries
        state.earlier = Array(try SampleLog(12).entries)
    }

    @Test("Where a service goes on in a new epoch, its first entry names the last one before")
    func continuation() async throws {
        let audit = try await AuditLab()
        try audit.state.withLock { try self.continued(from: 6, &$0) }
        let sound = try await audit.lab.run("audit", "verify", "--key", audit.key)
        #expect(sound.status == 0, "\(sound.errors)")
        try audit.state.withLock { try self.continued(from: 5, &$0) }
        let cut = try await audit.lab.run("audit", "verify", "--key", audit.key)
        #expect(cut.status == 4)
        #expect(cut.errors.contains("producer identity"), "\(cut.errors)")
        await audit.stop()
    }

    @Test("Completeness is proved of each epoch, of an earlier one under its last checkpoint")
    func complete() async throws {
        let audit = try await AuditLab()
        try audit.state.withLock { try self.continued(from: 6, &$0) }
        func complete(_ epoch: String) async throws -> RunningCommand.Result {
            try await audit.lab.run(
                "audit", "complete", "identity", "--since", "2020-01-01", "--key", audit.key,
                "--log-epoch", epoch)
        }
        let newest = try await complete("2")
        #expect(newest.status == 0, "\(newest.errors)")
        #expect(newest.output.contains("event 6 of numbering 1"), "\(newest.output)")
        let earlier = try await complete("1")
        #expect(earlier.status == 0, "\(earlier.errors)")
        #expect(earlier.output.contains("Nothing is missing: 6 events"), "\(earlier.output)")
        // An older checkpoint of the epoch would hold back what came after it.
        audit.state.withLock { _ = $0.earlier?.removeLast() }
        let older = try await complete("1")
        #expect(older.status == 4)
        #expect(older.errors.contains("has 12"), "\(older.errors)")
        #expect(try await complete("3").status == 64)
        await audit.stop()
    }

    @Test("An epoch of which nothing signed says what was kept is told of, and still checked")
    func unbound() async throws {
        let audit = try await AuditLab()
        try audit.state.withLock { state in
            let earlier = try SampleLog(20)
            state.earlier = earlier.entries
            state.lowerEpochCount = 1
            state.signed = try SampleLog(
                3, after: earlier, keeping: 20, logEpoch: 3, isBound: false)
            state.stored = state.signed.entries
        }
        let result = try await audit.lab.run("audit", "verify", "--key", audit.key)
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("epoch 1"), "\(result.output)")
        #expect(result.output.contains("verified by nobody but the service"), "\(result.output)")
        #expect(audit.state.withLock { $0.checked } == [3, 2, 1])
        await audit.stop()
    }

    @Test("While somebody else has the log checked it is asked again, and not for ever")
    func busy() async throws {
        let audit = try await AuditLab()
        audit.state.withLock { $0.busyCount = 11 }
        let sound = try await audit.lab.run("audit", "verify", "--key", audit.key)
        #expect(sound.status == 0, "\(sound.errors)")
        audit.state.withLock { $0.busyCount = 12 }
        let refused = try await audit.lab.run("audit", "verify", "--key", audit.key)
        #expect(refused.status != 0)
        #expect(refused.errors.contains("audit.check_running"), "\(refused.errors)")
        await audit.stop()
    }

    @Test("Another key than the one given or remembered is refused")
    func otherKey() async throws {
        let audit = try await AuditLab()
        let other = try SampleLog(20, seed: 9)
        let given = try await audit.lab.run(
            "audit", "verify", "--key", other.key.verifierKey.text)
        #expect(given.status == 4)
        #expect(given.errors.contains("rpcctl.audit_key_changed"))
        #expect(try await audit.lab.run("audit", "checkpoint").status == 0)
        audit.state.withLock { $0.checkpoint = other }
        let remembered = try await audit.lab.run("audit", "checkpoint")
        #expect(remembered.status == 4)
        #expect(remembered.errors.contains("audit-keys/default"))
        await audit.stop()
    }

    @Test("A checkpoint that was kept is continued by the log, or the log was set back")
    func older() async throws {
        let audit = try await AuditLab()
        let note = try audit.state.withLock { try $0.signed.note(size: 11).bytes }
        audit.lab.directory.write(String(decoding: note, as: UTF8.self), to: "old")
        let sound = try await audit.lab.run("audit", "verify", "--checkpoint", audit.path("old"))
        #expect(sound.status == 0, "\(sound.errors)")
        #expect(sound.output.contains("a checkpoint of 11 entries"))
        try audit.state.withLock {
            $0.signed = try SampleLog(5)
            $0.stored = $0.signed.entries
        }
        let restored = try await audit.lab.run("audit", "verify", "--checkpoint", audit.path("old"))
        #expect(restored.status == 4)
        #expect(restored.errors.contains("set back to an older state"))
        await audit.stop()
    }

    @Test("A proven entry is verified from its file and the key alone, with no service there")
    func offline() async throws {
        let audit = try await AuditLab()
        let path = audit.path("proof.json")
        let event = SampleLog.id(4).uuidString
        let proven = try await audit.lab.run("audit", "prove", event, "--output", path)
        #expect(proven.status == 0, "\(proven.errors)")
        #expect(proven.output.contains("as entry 4 of example.org/audit"))
        let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions]
        #expect(mode as? Int == 0o644)
        #expect(try await audit.lab.run("audit", "prove", "5", "--output", path).status == 64)
        await audit.stop()
        let alone = ["HOME": "/nonexistent", "STEWARD_RUNTIME_DIRECTORY": "/nonexistent"]
        let valid = try await audit.lab.run(
            "audit", "verify", path, "--key", audit.key, environment: alone)
        #expect(valid.status == 0, "\(valid.errors)")
        #expect(valid.output.contains("Ada 4"))
        let keyless = try await audit.lab.run("audit", "verify", path, environment: alone)
        #expect(keyless.status == 64)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        bytes[bytes.count / 2] ^= 1
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        let refused = try await audit.lab.run(
            "audit", "verify", path, "--key", audit.key, environment: alone)
        #expect(refused.status == 4)
        #expect(refused.output == "")
        await audit.stop()
    }
}

extension SampleLog {
    /// A log signed by the same key over other entries.
    fileprivate func changing(_ index: Int) throws -> SampleLog {
        var copy = self
        copy.entries[index].entry = copy.entries[index + 1].entry
        return copy
    }
}
