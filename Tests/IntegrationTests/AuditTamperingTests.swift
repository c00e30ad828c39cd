import AuditAPI
import ConversationsAPI
import Foundation
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("Nobody changes the audit log unseen", .serialized)
struct AuditTamperingTests {
    /// What a superuser does to the tables, what undoes it, and the place that is named.
    private struct Change {
        let sql: String
        let undoing: String
        let place: String

        init(_ sql: String, undoing: String? = nil, place: String) {
            self.sql = sql
            // A bit that is flipped twice is as it was.
            self.undoing = undoing ?? sql
            self.place = place
        }
    }

    /// - Parameter personal: the index of an entry that holds personal data. Which entry that is
    ///   depends on whose events came first.
    private static func changes(_ kept: [KeptTable], personal: String) -> [Change] {
        func again(_ table: String, _ condition: String) -> String {
            let columns = kept.first { $0.name == table }?.columns ?? ""
            return "INSERT INTO audit.\(table) (\(columns)) "
                + "SELECT \(columns) FROM public.kept_\(table) WHERE \(condition)"
        }
        let first = "size = (SELECT min(size) FROM public.kept_checkpoints)"
        return [
            Change(
                """
                UPDATE audit.entries SET entry = set_byte(entry, 40, get_byte(entry, 40) # 1)
                WHERE log_index = 7
                """, place: "entry 7"),
            Change(
                "UPDATE audit.entries SET action = 'backup_taken' WHERE log_index = 5",
                undoing: """
                    UPDATE audit.entries AS e SET action = k.action
                    FROM public.kept_entries AS k WHERE e.log_index = 5 AND k.log_index = 5
                    """, place: "entry 5"),
            Change(
                "DELETE FROM audit.entries WHERE log_index = 9",
                undoing: again("entries", "log_index = 9"), place: "entry 9"),
            Change(
                """
                UPDATE audit.payloads SET payload = set_byte(payload, 3, get_byte(payload, 3) # 1)
                WHERE log_index = \(personal)
                """, place: "entry \(personal)"),
            Change(
                "DELETE FROM audit.payloads WHERE log_index = \(personal)",
                undoing: again("payloads", "log_index = \(personal)"),
                place: "entry \(personal)"),
            Change(
                """
                UPDATE audit.tiles SET hashes = set_byte(hashes, 70, get_byte(hashes, 70) # 1)
                WHERE level = 0 AND tile_index = 0
                """, place: "tile 0/0"),
            Change(
                """
                UPDATE audit.checkpoints SET note = overlay(note placing 'X' from length(note) - 9)
                WHERE \(first)
                """,
                undoing: """
                    UPDATE audit.checkpoints SET note = (
                        SELECT note FROM public.kept_checkpoints WHERE \(first))
                    WHERE \(first)
                    """, place: "checkpoint"),
            Change(
                "DELETE FROM audit.checkpoints WHERE \(first)",
                undoing: again("checkpoints", first), place: "checkpoint"),
            Change(
                "DELETE FROM audit.producer_epochs WHERE producer = 'identity'",
                undoing: again("producer_epochs", "producer = 'identity'"),
                place: "producer identity"),
            Change(
                "UPDATE audit.log_epochs SET origin = origin || 'x'",
                undoing: "UPDATE audit.log_epochs SET origin = rtrim(origin, 'x')",
                place: "log epoch 1"),
            // The last one: the service sees it too, and takes nothing more.
            Change(
                "UPDATE audit.log_state SET size = size + (1::bigint << 62)",
                undoing: "UPDATE audit.log_state SET size = size - (1::bigint << 62)",
                place: "log state"),
        ]
    }

    @Test("What a superuser changes or deletes is noticed, and the place is named")
    func tampering() async throws {
        try await Self.with { installation, line in
            let whole = try await line.run("audit", "verify", "--key", line.auditKey)
            #expect(whole.status == 0, "\(whole.output)")
            // What is read is recorded, so the log grows meanwhile: each change is undone alone.
            let replica = "SET session_replication_role = replica;"
            let kept = try await Self.dump(installation)
            let personal = try await installation.sql(
                "SELECT max(log_index) FROM public.kept_payloads")
            for change in Self.changes(kept, personal: personal) {
                _ = try await installation.sql("\(replica) \(change.sql)")
                let outcome = try await line.run("audit", "verify", "--key", line.auditKey)
                #expect(outcome.status == 4, "\(change.sql)\n\(outcome.output)")
                #expect(outcome.output.contains(change.place), "\(change.sql)\n\(outcome.output)")
                _ = try await installation.sql("\(replica) \(change.undoing)")
            }
            let mended = try await line.run("audit", "verify", "--key", line.auditKey)
            #expect(mended.status == 0, "\(mended.output)")
        }
    }

    @Test("An older database is noticed: nothing more is taken or signed, and verifying fails")
    func olderDatabase() async throws {
        try await Self.with { installation, line in
            let kept = try await Self.dump(installation)
            let person = try await installation.newPerson()
            _ = try await person.call(CreateConversation(title: "after the backup"))
            try await Self.waitUntilSigned(installation)
            try await Self.restore(kept, installation)
            try installation.kill9("audit")
            try await eventually("the log says that it is behind", within: .seconds(20)) {
                do {
                    let health = try await installation.client("audit").call(CheckHealth())
                    return health.dependencies.contains {
                        !$0.isReady && $0.message?.contains("lacks the entries") == true
                    }
                } catch is RPCError {
                    return false
                }
            }
            let outcome = try await line.run("audit", "verify", "--key", line.auditKey)
            #expect(outcome.status == 4, "\(outcome.output)")
        }
    }

    @Test("A proven entry is verified offline by the key alone, and no byte of it can be changed")
    func offline() async throws {
        try await Self.with { installation, line in
            let file = installation.directory.appendingPathComponent("proof.json").path
            let proven = try await line.run("audit", "prove", "3", "--output", file)
            #expect(proven.status == 0, "\(proven.output)")
            let key = line.auditKey
            try await installation.stopOne("audit")
            let nowhere = Terminal(installation)
            let verified = try await nowhere.run("audit", "verify", file, "--key", key)
            #expect(verified.status == 0, "\(verified.output)")
            var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
            var generator = SeededGenerator(stream: 77)
            for _ in 0..<(TestSettings.isHeavy ? 500 : 20) {
                let place = Int.random(in: bytes.indices, using: &generator)
                bytes[place] ^= 1
                try Data(bytes).write(to: URL(fileURLWithPath: file + ".changed"))
                let outcome = try await nowhere.run(
                    "audit", "verify", file + ".changed", "--key", key)
                #expect(outcome.status != 0, "byte \(place): \(outcome.output)")
                bytes[place] ^= 1
            }
        }
    }

    // MARK: An installation with something in its log

    private static func with(
        _ body: (Installation, Terminal) async throws -> Void
    ) async throws {
        let installation = try await Installation.start()
        do {
            let person = try await installation.newPerson()
            for number in 0..<12 {
                _ = try await person.call(CreateConversation(title: "number \(number)"))
            }
            let line = try await Terminal.ofAdministrator(installation)
            try await Self.waitUntilSigned(installation)
            try await body(installation, line)
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    /// Until everything that was recorded is covered by a checkpoint, and nothing more comes.
    private static func waitUntilSigned(_ installation: Installation) async throws {
        for service in ["identity", "conversations", "audit"] {
            try await eventually("the events of \(service) are signed", within: .seconds(30)) {
                try await installation.sql(
                    """
                    SELECT NOT EXISTS (SELECT FROM \(service).audit_outbox)
                        AND NOT EXISTS (SELECT FROM \(service).audit_batches)
                    """) == "t"
            }
        }
    }

    /// A table of the log and what is copied of it: what the database computes it computes anew.
    private struct KeptTable {
        let name: String
        let columns: String
    }

    /// A copy of the log's tables, beside them.
    private static func dump(_ installation: Installation) async throws -> [KeptTable] {
        var tables: [KeptTable] = []
        for name in [
            "entries", "payloads", "tiles", "checkpoints", "producers", "log_state",
            "producer_epochs",
        ] {
            let columns = try await installation.sql(
                """
                SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute
                WHERE attrelid = 'audit.\(name)'::regclass AND attnum > 0 AND NOT attisdropped
                    AND attgenerated = ''
                """)
            _ = try await installation.sql(
                """
                DROP TABLE IF EXISTS public.kept_\(name);
                CREATE TABLE public.kept_\(name) AS SELECT \(columns) FROM audit.\(name)
                """)
            tables.append(KeptTable(name: name, columns: columns))
        }
        return tables
    }

    /// Puts a copy in the place of the tables, in one transaction.
    private static func restore(
        _ tables: [KeptTable], _ installation: Installation
    ) async throws {
        let statements = tables.map { table in
            """
            DELETE FROM audit.\(table.name);
            INSERT INTO audit.\(table.name) (\(table.columns))
            SELECT \(table.columns) FROM public.kept_\(table.name);
            """
        }
        _ = try await installation.sql(
            "SET session_replication_role = replica;" + statements.joined())
    }
}
