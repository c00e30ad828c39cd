import AuditAPI
import AuditFormat
import Foundation
import MeasurementTestSupport
import Postgres
import PostgresTestSupport
import Testing

@testable import AuditService

/// How long a page of a search over 1,000,000 entries takes; prints and asserts nothing.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] == "1"))
struct SearchSpeedTests {
    private static let repetitions = 40

    /// 30 actions, 1,000 people of whom some do most, 20,000 sessions, hot and rare resources.
    private static func fill(_ log: TestLog) async throws {
        let event = AuditEvent(id: UUID(), occurredAt: Date(), action: .signedIn)
        let entry = try LogEntry(
            producer: "identity", epoch: 1, sequence: 1, event: try event.canonicalBytes
        ).canonicalBytes
        let bytes = entry.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined()
        // Without the time limit of a service's statements.
        try await log.database.runAsSuperuser(
            """
            INSERT INTO audit.entries (
                log_epoch, log_index, producer, epoch, sequence, entry, event_id, action, outcome,
                actor_id, session_id, method, resource_type, resource_id, is_sensitive, count,
                class, occurred_at)
            SELECT 1, i, p.name, 1, i + 1, decode('\(bytes)', 'hex'), uuidv7(), 'action_' || a,
                CASE WHEN r[3] < 0.02 THEN 'denied' WHEN r[3] < 0.03 THEN 'failed'
                    ELSE 'succeeded' END,
                CASE WHEN r[1] < 0.95 THEN md5('u' || u)::uuid END,
                CASE WHEN r[1] < 0.95 THEN md5('s' || u || '-' || (r[4] * 20)::int)::uuid END,
                p.name || '.M' || a || '_' || (r[5] * 2)::int,
                (ARRAY['user', 'conversation', 'session', 'role', NULL])[1 + a % 5],
                CASE a % 5 WHEN 4 THEN NULL WHEN 3 THEN 'role' || (r[6] * 10)::int
                    ELSE 'r' || (power(r[6], 2) * 50000)::int END,
                false, 1, 'access',
                '2026-06-01'::timestamptz + i * interval '7.5 seconds'
                    + r[2] * interval '20 seconds'
            FROM (
                SELECT i, ARRAY(SELECT random() FROM generate_series(1, 8) WHERE i >= 0) AS r
                FROM generate_series(0, 999999) AS i
            ) AS n
            CROSS JOIN LATERAL (
                SELECT 1 + (power(r[7], 2) * 29.9)::int AS a, (power(r[8], 3) * 1000)::int AS u
            ) AS c
            CROSS JOIN LATERAL (
                SELECT (ARRAY['identity', 'conversations', 'tools', 'vault'])[1 + a % 4] AS name
            ) AS p
            """)
        try await log.database.runAsSuperuser("VACUUM ANALYZE audit.entries")
    }

    @Test func `a page of a search over 1,000,000 entries`() async throws {
        let log = try await TestLog()
        try await Self.fill(log)
        let database = log.runtimePool()
        let store = RecordStore(database: database)
        let heavy: UUID = try await log.admin.query("SELECT md5('u0')::uuid", as: .nobody)
            .rows[0].get(0)
        let session: UUID = try await log.admin.query("SELECT md5('s0-3')::uuid", as: .nobody)
            .rows[0].get(0)
        let day = Date(timeIntervalSince1970: 1_782_864_000)
        let fields: [(String, (inout AuditFilter) -> Void)] = [
            ("action", { $0.actions = [AuditAction(rawValue: "action_29")] }),
            ("outcome", { $0.outcomes = [.denied] }), ("actor", { $0.actorID = heavy }),
            ("type", { $0.resourceType = "session" }),
            (
                "resource",
                {
                    $0.resourceType = "session"
                    $0.resourceID = "r0"
                }
            ),
            ("session", { $0.sessionID = session }), ("method", { $0.method = "identity.M4_1" }),
            ("producer", { $0.producer = "vault" }), ("after", { $0.occurredAfter = day }),
            ("before", { $0.occurredBefore = day + 86_400 }),
        ]
        var filters: [(String, AuditFilter)] = [("nothing", AuditFilter())]
        for (index, first) in fields.enumerated() {
            for second in fields[index...] {
                var filter = AuditFilter()
                first.1(&filter)
                second.1(&filter)
                let name = first.0 == second.0 ? first.0 : "\(first.0)+\(second.0)"
                filters.append((name, filter))
            }
        }
        var all = TimeSamples()
        for (name, filter) in filters {
            var samples = TimeSamples()
            var position: SearchPosition?
            var count = 0
            let checked = try RecordFilter(filter)
            for _ in 0..<Self.repetitions {
                let begin = ContinuousClock.now
                let page = try await store.search(
                    checked, after: position, limit: 50, deadline: nil)
                samples.append(begin.duration(to: .now))
                count += page.records.count
                position = page.next
            }
            all.append(contentsOf: samples)
            print(
                "search \(name): p50 \(samples.median / .milliseconds(1)) ms, "
                    + "p95 \(samples.percentile(0.95) / .milliseconds(1)) ms, \(count) records")
        }
        print(
            "search, all: p50 \(all.median / .milliseconds(1)) ms, "
                + "p95 \(all.percentile(0.95) / .milliseconds(1)) ms")
        await database.close()
    }
}
