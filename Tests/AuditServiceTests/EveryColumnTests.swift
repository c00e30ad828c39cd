import AuditAPI
import Foundation
import Postgres
import PostgresTestSupport
import ServiceKit
import Testing
import TransparencyLog

@testable import AuditService

/// Every column of every row that the log is made of: changed by a superuser, it is noticed.
@Suite struct EveryColumnTests {
    private static let tables = [
        "entries", "payloads", "tiles", "checkpoints", "producers", "producer_epochs",
        "producer_gaps", "log_epochs", "log_state",
    ]
    /// What says nothing of the past: when a producer called last, whether it may leave a gap when
    /// it next sends, which would be in its entry, and whose turn it is to append.
    private static let present = [
        "producers.last_seen_at", "producers.accepts_gap", "producers.silence_recorded_at",
        "producers.retired_at",
        "log_state.writer_term", "log_state.id",
    ]

    private struct Column: Sendable {
        let table: String
        let name: String
        let type: String

        /// A value that it does not have.
        var change: String {
            switch self.type {
            case "bigint", "smallint", "integer": "coalesce(\(self.name), 0) + 1000"
            case "text": "coalesce(\(self.name), '') || 'x'"
            case "uuid": "uuidv7()"
            case "boolean": "NOT \(self.name)"
            case "bytea":
                "set_byte(coalesce(\(self.name), '\\x00'), 0, "
                    + "get_byte(coalesce(\(self.name), '\\x00'), 0) # 1)"
            case "date": "\(self.name) + 1"
            default: "\(self.name) + interval '1 second'"
            }
        }
    }

    /// A log in its second epoch, with a gap that was accepted.
    private func log() async throws -> (TestLog, TestSink) {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...20)
        try await sink.sign()
        try await sink.append(21...30)
        try await sink.sign()
        await sink.stop()
        try await log.goBack(to: 25)
        try await log.beginEpoch()
        sink = try await TestSink(log)
        try await sink.append(31...40)
        try await sink.append("conversations", 1...3)
        try await sink.sign()
        return (log, sink)
    }

    private func columns(_ log: TestLog) async throws -> [Column] {
        try await log.admin.query(
            """
            SELECT c.relname::text, quote_ident(a.attname), format_type(a.atttypid, NULL)
            FROM pg_class AS c JOIN pg_attribute AS a ON a.attrelid = c.oid
            WHERE c.relnamespace = 'audit'::regnamespace AND c.relname::text = ANY (\(Self.tables))
                AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
            ORDER BY 1, a.attnum
            """, as: .nobody
        ).rows.map {
            Column(table: try $0.get(0), name: try $0.get(1), type: try $0.get(2))
        }
    }

    private func faults(_ sink: TestSink) async throws -> [LogFault] {
        try await sink.faults() + sink.faults(logEpoch: 1)
    }

    private static func unguarded(_ statements: [String]) -> String {
        (["SET session_replication_role = replica"] + statements + ["RESET ALL"])
            .joined(separator: "; ")
    }

    @Test(.timeLimit(.minutes(3)))
    func `no value can be changed and no row deleted unseen`() async throws {
        let (log, sink) = try await self.log()
        #expect(try await self.faults(sink) == [])
        let columns = try await self.columns(log)
        #expect(columns.count > 50)
        // A superuser does what constraints forbid, too.
        for statement in try await log.admin.query(
            """
            SELECT format('ALTER TABLE audit.%I DROP CONSTRAINT %I', t.relname, c.conname)
            FROM pg_constraint AS c JOIN pg_class AS t ON t.oid = c.conrelid
            WHERE t.relnamespace = 'audit'::regnamespace AND c.contype = 'c' AND c.coninhcount = 0
                AND t.relname::text = ANY (\(Self.tables))
            """, as: .nobody
        ).rows { try await log.database.runAsSuperuser(try statement.get(0)) }
        for table in Self.tables {
            try await log.database.runAsSuperuser(
                "CREATE TABLE public.kept_\(table) AS SELECT * FROM audit.\(table)")
            let count = SQL(stringLiteral: "SELECT count(*) FROM audit.\(table)")
            #expect(try await log.number(count) > 0)
        }
        for table in Self.tables {
            var changes = columns.filter { $0.table == table }
                .filter { !Self.present.contains("\($0.table).\($0.name)") }
                .map { "UPDATE audit.\(table) SET \($0.name) = \($0.change)" }
            changes.append("DELETE FROM audit.\(table)")
            let names = columns.filter { $0.table == table }.map(\.name).joined(separator: ", ")
            for change in changes {
                for last in ["", " DESC"] {
                    let one = """
                        \(change) WHERE (tableoid, ctid) = (
                            SELECT tableoid, ctid FROM audit.\(table)
                            ORDER BY tableoid, ctid\(last) LIMIT 1)
                        """
                    do {
                        try await log.database.runAsSuperuser(Self.unguarded([one]))
                    } catch let error as DatabaseError where error.code == .checkViolation {
                        // There is no partition that could take it.
                        continue
                    }
                    #expect(try await !self.faults(sink).isEmpty, "\(one)")
                    try await log.database.runAsSuperuser(
                        Self.unguarded([
                            "DELETE FROM audit.\(table)",
                            "INSERT INTO audit.\(table) (\(names)) "
                                + "SELECT \(names) FROM public.kept_\(table)",
                        ]))
                }
            }
            #expect(try await self.faults(sink) == [], "\(table)")
        }
        await sink.stop()
    }

    @Test func `a state of the log that is missing or absurd is named`() async throws {
        let (log, sink) = try await self.log()
        let kept = try await sink.reader.checkpoints.snapshot().state
        for (change, count) in [
            ("DELETE FROM audit.log_state", 1),
            ("UPDATE audit.log_state SET size = 9223372036854775807", 1),
            ("UPDATE audit.log_state SET size = 4611686018427387904", 1),
            ("UPDATE audit.log_state SET log_epoch = 99", 1),
            (
                """
                UPDATE audit.log_epochs SET kept_size = 4611686018427387904,
                    lost_end = 4611686018427387904 WHERE log_epoch = 2
                """, 1
            ),
        ] {
            try await log.database.runAsSuperuser(Self.unguarded([change]))
            let faults = try await sink.faults()
            let place = change.contains("log_epochs") ? "log epoch 2" : "log state"
            #expect(faults.map(\.place).prefix(count) == [place], "\(change): \(faults)")
            // Whoever verifies still gets the entries.
            #expect(try await sink.reader.epoch(2, deadline: nil).size >= kept.size, "\(change)")
            try await log.tamper(
                "ALTER TABLE audit.log_state DISABLE TRIGGER USER", "DELETE FROM audit.log_state",
                """
                INSERT INTO audit.log_state (log_epoch, size, root, writer_term)
                VALUES (\(kept.logEpoch), \(kept.size), \(Data(kept.root.bytes)),
                    \(kept.writerTerm))
                """,
                "UPDATE audit.log_epochs SET kept_size = 25, lost_end = 30 WHERE log_epoch = 2")
        }
        await sink.stop()
    }

    @Test func `more than was signed is not recorded as signed`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...3)
        try await sink.sign()
        try await sink.append(4...5)
        #expect(try await sink.faults() == [])
        try await log.tamper("UPDATE audit.producers SET checkpointed_sequence = 4")
        #expect(try await sink.faults().map(\.place) == ["producer identity"])
        await sink.stop()
    }

    @Test func `when an entry came is hashed with it`() async throws {
        let sink = try await TestSink(try await TestLog())
        let before = Date()
        try await sink.append(1...1)
        let record = try await RecordStore(database: sink.database).records(
            RecordFilter(nil), logEpoch: 1, in: 0..<1, deadline: nil)[0]
        #expect(record.receivedAt >= before && record.receivedAt <= Date())
        await sink.stop()
    }
}
