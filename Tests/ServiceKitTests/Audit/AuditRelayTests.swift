import AuditAPI
import AuditFormat
import Locks
import Postgres
import PostgresTestSupport
import RPC
import Testing

import struct FoundationEssentials.UUID

@testable import ServiceKit

@Suite("The way from the outbox to the log", .timeLimit(.minutes(2)))
struct AuditRelayTests {
    private struct Undone: Error {}

    /// That the log has these events, each once, numbered from 1 without a gap.
    private func expect(_ names: [String], in log: TestLog) throws {
        #expect(try log.names.sorted() == names.sorted())
        #expect(log.entries.map(\.sequence) == Array(1...Int64(names.count)))
        #expect(log.complaints.isEmpty)
    }

    @Test("Events of concurrent transactions all arrive, each once, numbered without a gap")
    func concurrent() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            let names = (0..<200).map { "sale \($0)" }
            try await shop.relaying(to: log) { _ in
                try await withThrowingTaskGroup { group in
                    for part in 0..<8 {
                        let own = names.indices.filter { $0 % 8 == part }.map { names[$0] }
                        group.addTask { try await shop.sell(own) }
                    }
                    try await group.waitForAll()
                }
                await log.has(names.count)
            }
            try self.expect(names, in: log)
        }
    }

    @Test("An event that is committed after a later one has left still arrives")
    func lateCommit() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            try await shop.relaying(to: log) { _ in
                try await shop.database.transaction(as: .nobody) { transaction in
                    _ = try await transaction.batch(try shop.sale("early"))
                    try await shop.sell(["late"])
                    await log.has(1)
                    #expect(try log.names == ["late"])
                }
                await log.has(2)
            }
            try self.expect(["early", "late"], in: log)
        }
    }

    @Test("A change that is undone leaves no event, nor one whose condition does not hold")
    func undone() async throws {
        try await Shop.with { shop in
            await #expect(throws: Undone.self) {
                try await shop.database.transaction(as: .nobody) { transaction -> Void in
                    _ = try await transaction.batch(try shop.sale("undone"))
                    throw Undone()
                }
            }
            for isSo in [false, true] {
                let event = try shop.outbox.record(
                    AuditFact(.orderChanged, of: AuditResource("sale", "\(isSo)")), in: nil,
                    if: "\(isSo)::boolean")
                _ = try await shop.database.write(event, as: .nobody)
            }
            #expect(try await shop.events().map(\.resourceID) == ["true"])
        }
    }

    @Test("Two instances deliver once; one goes on when the other is gone without a word")
    func twoInstances() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            let relays = [shop.relay(to: log), shop.relay(to: log)]
            var tasks = relays.map { relay in Task { try await relay.run() } }
            let names = (0..<90).map { "sale \($0)" }
            try await shop.sell(Array(names[..<30]))
            await log.has(30)
            for index in 0..<2 {
                tasks[index].cancel()
                // How it ends is not in question.
                _ = try? await tasks[index].value
                try await shop.endLease()
                let first = 30 + 30 * index
                try await shop.sell(Array(names[first..<first + 30]))
                await log.has(first + 30)
                tasks[index] = Task { try await relays[index].run() }
            }
            for task in tasks { task.cancel() }
            try self.expect(names, in: log)
        }
    }

    @Test("While one instance has the lease another neither numbers nor removes")
    func lease() async throws {
        try await Shop.with { shop in
            let (first, second) = (UUID(), UUID())
            let position = RelayStore.LogPosition(epoch: 1, durable: 0, prunable: 0)
            try await shop.sell(["a", "b"])
            let numbering = try await shop.store.step(holder: first, at: position)
            #expect(numbering?.entries.map(\.sequence) == [1, 2])
            try await shop.sell(["c"])
            let covered = RelayStore.LogPosition(epoch: 1, durable: 2, prunable: 2)
            #expect(try await shop.store.step(holder: second, at: covered)?.epoch == nil)
            #expect(try await shop.count() == 3)
            #expect(try await shop.count("sequence IS NULL") == 1)
            try await shop.store.release(holder: second)
            #expect(try await shop.store.step(holder: second, at: covered)?.epoch == nil)
            try await shop.store.release(holder: first)
            try await shop.endLease()
            let taken = try await shop.store.step(holder: second, at: covered)
            #expect(taken?.entries.map(\.sequence) == [3])
            #expect(try await shop.store.step(holder: first, at: covered)?.epoch == nil)
        }
    }

    @Test(
        "Cancelled at any step, with a log that fails at any step, it resumes without loss",
        arguments: [1, 2, 3] as [UInt64])
    func cancelledAnywhere(seed: UInt64) async throws {
        try await Shop.with { shop in
            var random = SeededGenerator(seed: seed)
            let log = TestLog()
            var names: [String] = []
            for round in 0..<30 {
                let new = (0..<Int.random(in: 1...4, using: &random)).map { "\(round).\($0)" }
                names += new
                try await shop.sell(new)
                let last = Int.random(in: 0...2, using: &random)
                let course = TestLog.Course.allCases.randomElement(using: &random) ?? .answered
                log.checkpoint(Bool.random(using: &random) ? nil : Int64(names.count / 2))
                log.behave { $0 == last ? course : .answered }
                let yieldCount = Int.random(in: 0...300, using: &random)
                try await shop.relaying(to: log) { _ in
                    await log.wasCalled(last)
                    for _ in 0..<(last == 0 ? yieldCount : yieldCount % 3) { await Task.yield() }
                }
            }
            log.checkpoint(nil)
            log.behave { _ in .answered }
            try await shop.relaying(to: log) { _ in
                await log.has(names.count)
                try await shop.wait { try await shop.count() == 0 }
            }
            try self.expect(names, in: log)
        }
    }

    @Test("While the log fails or hangs events wait, and leave when it is back")
    func away() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            let names = (0..<20).map { "sale \($0)" }
            log.behave { $0 < 4 ? .failsBefore : .hangs }
            try await shop.relaying(to: log) { relay in
                try await shop.sell(names)
                await log.wasCalled(5)
                try await shop.wait { relay.health.message?.contains("unreachable") == true }
                #expect(relay.health.isReady)
                log.behave { _ in .answered }
                await log.has(names.count)
                try await shop.wait { relay.health.message == nil }
            }
            try self.expect(names, in: log)
        }
    }

    @Test("A log that refuses events is not said to be unreachable")
    func refused() async throws {
        try await Shop.with { shop in
            let relay = AuditRelay(
                producer: "shop", schema: "shop", database: shop.database, gauge: shop.gauge,
                logger: .nobody,
                sink: { _ in
                    throw RPCError(
                        .failedPrecondition, reason: "audit.log_behind",
                        message: "The log is behind its checkpoint.")
                })
            let task = Task { try await relay.run() }
            defer { task.cancel() }
            try await shop.wait { relay.health.message != nil }
            #expect(
                relay.health.message == "The audit log takes no events: The log is behind its "
                    + "checkpoint. 0 events wait.")
        }
    }

    @Test("A log that answers and takes nothing counts as silent until it takes something")
    func silence() async throws {
        try await Shop.with { shop in
            #expect(throws: RPCError.self) { try shop.outbox.requireLog(within: .seconds(3_600)) }
            let log = TestLog()
            let refusals = Atomic(-1)
            let relay = AuditRelay(
                producer: "shop", schema: "shop", database: shop.database, gauge: shop.gauge,
                logger: .nobody,
                sink: { request in
                    if refusals.load(ordering: .relaxed) >= 0, !request.entries.isEmpty {
                        refusals.add(1, ordering: .relaxed)
                        throw RPCError(.internal, reason: "audit.database", message: "No.")
                    }
                    return try await log.append(request)
                })
            let task = Task { try await relay.run() }
            defer { task.cancel() }
            try await shop.wait { shop.gauge.silence != nil }
            try shop.outbox.requireLog(within: .seconds(3_600))
            refusals.store(0, ordering: .relaxed)
            let began = ContinuousClock.now
            try await shop.sell(["a"])
            // Between two refusals the relay has asked how far the log is, and was answered.
            try await shop.wait { refusals.load(ordering: .relaxed) >= 3 }
            let elapsed = began.duration(to: .now)
            #expect(try #require(shop.gauge.silence) >= elapsed)
            refusals.store(-1, ordering: .relaxed)
            try await shop.wait {
                try #require(shop.gauge.silence) < began.duration(to: .now)
            }
            await log.has(1)
        }
    }

    @Test("The outbox is counted no further than asked")
    func count() async throws {
        try await Shop.with { shop in
            try await shop.sell(["a", "b", "c"])
            for (limit, count) in [(2, 2), (3, 3), (4, 3)] {
                #expect(try await shop.store.count(atMost: limit) == count)
            }
        }
    }

    @Test("Only what a checkpoint covers leaves the outbox")
    func pruning() async throws {
        try await Shop.with { shop in
            let log = TestLog()
            log.checkpoint(0)
            try await shop.relaying(to: log) { _ in
                try await shop.sell(["a", "b", "c"])
                await log.has(3)
                try await shop.sell(["d", "e"])
                await log.has(5)
                log.behave { _ in .answered }
                await log.wasCalled(2)
                #expect(try await shop.count() == 5)
                log.checkpoint(3)
                try await shop.wait { try await shop.count() < 5 }
                #expect(try await shop.count("sequence > 3") == 2)
                #expect(try await shop.count() == 2)
                log.checkpoint(nil)
                try await shop.wait { try await shop.count() == 0 }
            }
            try self.expect(["a", "b", "c", "d", "e"], in: log)
        }
    }

    @Test("What is counted into an event while the relay comes for it is sent along")
    func countedMeanwhile() async throws {
        try await Shop.with { shop in
            var event = StatedEvent(AuditFact(.accessDenied), source: EventSource())
            _ = try await shop.database.write(
                try shop.outbox.insert(event, openFor: .zero), as: .purpose("audit"))
            event.count = 7
            let replacement = try shop.outbox.replace(event)
            let holder = UUID()
            let beginning = RelayStore.LogPosition(epoch: 1, durable: 0, prunable: 0)
            let store = shop.store
            let step = try await shop.database.transaction(as: .purpose("audit")) { transaction in
                #expect(try await transaction.execute(replacement).affectedRowCount == 1)
                let step = Task { try await store.step(holder: holder, at: beginning) }
                try await shop.wait {
                    try await shop.value(
                        """
                        SELECT count(*) > 0 FROM pg_stat_activity
                        WHERE datname = current_database() AND wait_event_type = 'Lock'
                        """)
                }
                return step
            }
            let entries = try #require(try await step.value).entries
            #expect(try entries.map { try AuditEvent(bytes: $0.event).count } == [7])
            let late = try await shop.database.write(replacement, as: .purpose("audit"))
            #expect(late[0].affectedRowCount == 0)
        }
    }

    @Test("What was numbered row by row keeps its number when lists take over")
    func formerNumbering() async throws {
        let test = try await TemporaryCluster.shared().makeDatabase()
        try await test.run("CREATE SCHEMA shop")
        let admin = Shop.open(test.superuserConnectionString)
        try await test.run(
            AuditOutbox.migration(
                version: 1, schema: "shop", role: test.runtime, owner: test.owner
            ).sql)
        _ = try await admin.write(
            """
            INSERT INTO shop.audit_outbox (id, event, payload, salt, ready_at, sequence)
            SELECT uuidv7(), decode(lpad(to_hex(n), 4, '0'), 'hex'),
                CASE WHEN n % 2 = 0 THEN decode(lpad(to_hex(n), 4, '0'), 'hex') END,
                CASE WHEN n % 2 = 0 THEN sha256('s') END, now(),
                CASE WHEN n <= 600 THEN 1000 + n END
            FROM generate_series(1, 605) AS n
            """, as: .nobody)
        try await test.run(
            AuditOutbox.batchMigration(
                version: 2, schema: "shop", role: test.runtime, owner: test.owner
            ).sql)
        try await test.run(
            AuditOutbox.wholeBatchMigration(version: 3, schema: "shop", role: test.runtime).sql)
        let rows = try await admin.query(
            """
            SELECT count(*) FILTER (WHERE sequence - 1000 = n AND CASE WHEN n % 2 = 0
                    THEN payload = event AND octet_length(salt) = 32
                    ELSE payload IS NULL AND salt IS NULL END) AS kept,
                count(*) FILTER (WHERE sequence IS NULL) AS new
            FROM (SELECT ('x' || encode(event, 'hex'))::bit(16)::integer AS n, *
                FROM (
                    SELECT id, event, payload, salt, NULL::bigint AS sequence
                    FROM shop.audit_outbox WHERE ready_at IS NULL
                    UNION ALL
                    SELECT e.id, e.event, e.payload, e.salt, b.first_sequence + e.place - 1
                    FROM shop.audit_batches b, unnest(b.ids, b.events, b.payloads, b.salts)
                        WITH ORDINALITY AS e (id, event, payload, salt, place)) AS all_events
                ) AS events
            """, as: .nobody
        ).rows
        await admin.close()
        #expect(try rows[0].get("kept") == 600)
        #expect(try rows[0].get("new") == 5)
    }

    @Test("However many events wait, no more are numbered than one call takes before it is sent")
    func bound() async throws {
        try await Shop.with { shop in
            try await shop.change(
                """
                INSERT INTO shop.audit_outbox (id, event)
                SELECT uuidv7(), '\\xa0' FROM generate_series(1, 2000) AS n
                """)
            let holder = UUID()
            var position = RelayStore.LogPosition(epoch: 1, durable: 0, prunable: 0)
            for _ in 0..<2 {
                let numbering = try await shop.store.step(holder: holder, at: position)
                #expect(numbering?.entries.map(\.sequence) == Array(1...512))
                #expect(try await shop.count("sequence IS NOT NULL") == 512)
            }
            // The log has taken some of a batch: the rest of it comes, and nothing is numbered yet.
            position.durable = 500
            let rest = try await shop.store.step(holder: holder, at: position)
            #expect(rest?.entries.map(\.sequence) == Array(501...512))
            #expect(rest?.lastSequence == 512)
            position.durable = 512
            let next = try await shop.store.step(holder: holder, at: position)
            #expect(next?.entries.map(\.sequence) == Array(513...1024))
            // What is numbered is not among what is looked through for new events.
            #expect(try await shop.count("sequence IS NULL") == 976)
        }
    }

    @Test("A batch leaves when a checkpoint covers its last event, and no more than 64 in a step")
    func boundedPruning() async throws {
        try await Shop.with { shop in
            try await shop.change(
                """
                INSERT INTO shop.audit_batches
                    (first_sequence, last_sequence, ids, events, payloads, salts)
                SELECT 2 * n - 1, 2 * n, ARRAY[uuidv7(), uuidv7()], '{a,b}', '{NULL,NULL}',
                    '{NULL,NULL}'
                FROM generate_series(1, 100) AS n
                """)
            try await shop.change("UPDATE shop.audit_producer SET last_sequence = 200")
            let holder = UUID()
            let position = RelayStore.LogPosition(epoch: 1, durable: 200, prunable: 199)
            for firstKept in [129, 199, 199] as [Int64] {
                let numbering = try await shop.store.step(holder: holder, at: position)
                #expect(numbering?.firstKept == firstKept)
                #expect(try await shop.store.count(atMost: 1_000) == Int(201 - firstKept))
            }
        }
    }

    @Test("A batch has at most 512 entries and 1 MiB")
    func batches() async throws {
        try await Shop.with { shop in
            try await shop.change(
                """
                INSERT INTO shop.audit_outbox (id, event, payload, salt)
                SELECT uuidv7(), '\\xa0', CASE WHEN n > 600 THEN convert_to(repeat('x', 65536),
                    'UTF8') END, CASE WHEN n > 600 THEN sha256('s') END
                FROM generate_series(1, 620) AS n
                """)
            var position = RelayStore.LogPosition(epoch: 1, durable: 0, prunable: 0)
            var counts: [Int] = []
            let holder = UUID()
            while position.durable < 620 {
                let numbering = try await shop.store.step(holder: holder, at: position)
                let entries = try #require(numbering).entries
                #expect(entries.first?.sequence == position.durable + 1)
                position.durable = try #require(entries.last).sequence
                counts.append(entries.count)
            }
            // 15 payloads of 64 KiB and their events are just below 1 MiB.
            #expect(counts == [512, 103, 5])
        }
    }
}

/// Repeatable chance: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { self.state = seed }

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = self.state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
