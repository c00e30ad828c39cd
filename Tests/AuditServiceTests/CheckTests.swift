import AuditAPI
import AuditFormat
import Foundation
import Locks
import Postgres
import PostgresTestSupport
import RPC
import RPCTestSupport
import ServiceKit
import Testing

@testable import AuditService

/// What a superuser can do to the tables, and what the check says of it.
@Suite struct CheckTests {
    /// A log of 300 entries with checkpoints at 100 and 300, with something done to it, checked.
    private func faults(after statements: SQL...) async throws -> [LogFault] {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...100)
        try await sink.sign()
        try await sink.append(101...300)
        try await sink.sign()
        if !statements.isEmpty {
            let withoutTriggers: SQL =
                "SELECT set_config('session_replication_role', 'replica', true)"
            _ = try await log.admin.write([withoutTriggers] + statements, as: .nobody)
        }
        let faults = try await sink.faults()
        await sink.stop()
        return faults
    }

    @Test func `an untouched log has no fault`() async throws {
        #expect(try await self.faults() == [])
    }

    @Test(arguments: [0, 17, 255, 256, 299])
    func `a changed byte of an entry names the entry`(index: Int64) async throws {
        let faults = try await self.faults(
            after: """
                UPDATE audit.entries SET entry = set_byte(entry, 40, get_byte(entry, 40) # 1)
                WHERE log_index = \(index)
                """)
        #expect(Set(faults.map(\.place)) == ["entry \(index)"])
    }

    @Test(arguments: [(0, 0), (0, 1), (1, 0)])
    func `a changed byte of a tile names the tile`(level: Int64, index: Int64) async throws {
        let faults = try await self.faults(
            after: """
                UPDATE audit.tiles SET hashes = set_byte(hashes, 5, get_byte(hashes, 5) # 1)
                WHERE level = \(level)::smallint AND tile_index = \(index)
                """)
        #expect(faults.map(\.place) == ["tile \(level)/\(index)"])
    }

    @Test func `a changed checkpoint names its size`() async throws {
        #expect(
            try await self.faults(
                after: """
                    UPDATE audit.checkpoints SET root = set_byte(root, 0, get_byte(root, 0) # 1)
                    WHERE size = 100
                    """
            ).map(\.place) == ["checkpoint 100"])
        #expect(
            try await self.faults(
                after: """
                    UPDATE audit.checkpoints SET note = replace(note, '100', '101')
                    WHERE size = 100
                    """
            ).map(\.place) == ["checkpoint 100"])
    }

    @Test(arguments: [
        "action = 'signed_in'", "outcome = 'denied'", "actor_id = NULL", "session_id = uuidv7()",
        "method = 'x'", "resource_type = NULL", "resource_id = 'x'", "reason = 'x'",
        "tool_execution_id = uuidv7()", "trace_id = 'x'", "is_sensitive = NOT is_sensitive",
        "count = 2", "occurred_at = occurred_at + interval '1 second'", "event_id = uuidv7()",
        "sequence = 1000", "epoch = 2",
    ])
    func `a changed column names the entry`(change: String) async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...5)
        try await log.database.runAsSuperuser(
            "UPDATE audit.entries SET \(change) WHERE log_index = 3")
        #expect(try await sink.faults().contains { $0.place == "entry 3" })
        await sink.stop()
    }

    @Test func `a deleted row names the entry`() async throws {
        let faults = try await self.faults(after: "DELETE FROM audit.entries WHERE log_index = 42")
        #expect(faults.first?.place == "entry 42" || faults.contains { $0.place == "entry 42" })
    }

    @Test func `a changed or missing payload names the entry`() async throws {
        #expect(
            try await self.faults(
                after: """
                    UPDATE audit.payloads SET payload = set_byte(payload, 3, 7)
                    WHERE log_index = 12
                    """
            ).map(\.place) == ["entry 12"])
        #expect(
            try await self.faults(after: "DELETE FROM audit.payloads WHERE log_index = 12")
                .map(\.place) == ["entry 12"])
    }

    @Test func `a log whose end was cut off names the first entry that is missing`()
        async throws
    {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...300)
        try await sink.sign()
        try await log.goBack(to: 200)
        #expect(try await sink.faults().map(\.place) == ["entry 200"])
        await sink.stop()
    }

    @Test func `what is appended and signed during a check is no fault`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...300)
        try await sink.sign()
        let signed = sink.signer.last
        let state = try await sink.reader.checkpoints.snapshot().state
        let found = Found()
        var next: Int64 = 301
        var check = LogCheck(
            store: CheckStore(database: sink.database, signer: sink.signer), signed: signed,
            claim: TreeClaim(
                logEpoch: 1, size: state.size, root: state.root, isCurrent: true, faults: [])
        ) { found.add($0) }
        try await check.run { _ in
            try await sink.append(next...(next + 20))
            next += 21
            try await sink.sign()
        }
        #expect(next > 301)
        #expect(found.faults == [])
        await sink.stop()
    }

    @Test(arguments: [100, 300])
    func `a deleted checkpoint names its size`(size: Int64) async throws {
        let faults = try await self.faults(
            after: "DELETE FROM audit.checkpoints WHERE size = \(size)")
        #expect(faults.map(\.place) == ["checkpoint \(size)"])
    }

    @Test func `what lies where nothing looks is found`() async throws {
        let columns: SQL = "class, month, actor_id, subject_id, username, payload, salt"
        let faults = try await self.faults(
            after: "UPDATE audit.producers SET last_sequence = 301",
            """
            INSERT INTO audit.payloads (log_epoch, log_index, \(fragment: columns))
            SELECT log_epoch, 5000, \(fragment: columns) FROM audit.payloads
            WHERE log_index = 5
            """,
            """
            INSERT INTO audit.tiles (log_epoch, level, tile_index, width, hashes)
            SELECT log_epoch, 3, 9, width, hashes FROM audit.tiles
            WHERE level = 0 AND tile_index = 1
            """,
            """
            INSERT INTO audit.producer_gaps
                (producer, epoch, first_sequence, last_sequence, log_epoch, log_index)
            VALUES ('hollow', 1, 1, 5, 1, 7)
            """)
        #expect(
            faults.map(\.place)
                == ["entry 5000", "tile 3/9", "producer identity", "producer hollow"])
    }

    @Test func `one check runs at a time, and no longer than its caller waits`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...300)
        try await sink.log.tamper("UPDATE audit.entries SET action = 'x'")
        let handlers = CheckHandlers(
            store: CheckStore(database: sink.database, signer: sink.signer))
        let isFirst = Mutex(true)
        try await handlers.check(logEpoch: nil) { report in
            guard isFirst.withLock({ $0 }) else { return }
            isFirst.withLock { $0 = false }
            #expect(
                await refusal { try await handlers.check(logEpoch: nil) { _ in } }
                    == "audit.check_running")
        }
        await #expect(throws: (any Error).self) {
            try await handlers.check(logEpoch: nil, deadline: .now - .seconds(1)) { _ in }
        }
        try await handlers.check(logEpoch: nil) { _ in }
        await sink.stop()
    }

    @Test func `a caller who takes nothing loses the turn to the next`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...300)
        try await sink.log.tamper("UPDATE audit.entries SET action = 'x'")
        let store = CheckStore(database: sink.database, signer: sink.signer)
        let handlers = CheckHandlers(store: store, patience: .milliseconds(200))
        let taken = Mutex(0)
        let reason = await refusal {
            try await handlers.check(logEpoch: nil) { _ in
                // The first report is not done with before somebody else has had the turn.
                guard taken.withLock({ $0 }) == 0 else { return }
                var reason: String?
                repeat {
                    await Task.yield()
                    reason = await refusal {
                        try await handlers.check(logEpoch: nil) { _ in taken.withLock { $0 += 1 } }
                    }
                } while reason == "audit.check_running"
            }
        }
        #expect(reason == "audit.check_not_taken")
        #expect(taken.withLock { $0 } > 0)
        await sink.stop()
    }

    @Test(arguments: [
        "UPDATE audit.producer_epochs SET log_index = 1", "DELETE FROM audit.producer_epochs",
        "UPDATE audit.producer_epochs SET epoch = 2",
    ])
    func `a changed beginning of a numbering names the producer`(change: String) async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...5)
        try await log.database.runAsSuperuser(change)
        #expect(try await sink.faults().map(\.place).first == "producer identity")
        await sink.stop()
    }

    @Test func `the largest number there is is a fault and no more`() async throws {
        let faults = try await self.faults(
            after: "UPDATE audit.entries SET sequence = 9223372036854775807 WHERE log_index = 42",
            "UPDATE audit.producers SET epoch = 1, last_sequence = 9223372036854775807")
        #expect(faults.contains { $0.place == "entry 42" })
    }
}

extension TestSink {
    /// What the check finds.
    func faults(logEpoch: Int64? = nil) async throws -> [LogFault] {
        let found = Found()
        try await CheckHandlers(
            store: CheckStore(database: self.database, signer: self.signer)
        ).check(logEpoch: logEpoch) { report in
            if let fault = report.fault { found.add(fault) }
        }
        return found.faults
    }
}
