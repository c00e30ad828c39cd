import AuditAPI
import Postgres
import PostgresTestSupport
import Sodium
import Testing

import struct FoundationEssentials.UUID

@testable import ServiceKit

@Suite("Who reaches the outbox")
struct AuditOutboxRightsTests {
    /// How many rows a statement touches; `nil` if it is refused.
    private func count(
        _ shop: Shop, _ sql: SQL, as identity: DatabaseIdentity
    ) async throws -> Int? {
        do {
            // Undone, so that one statement does not concern the next.
            try await shop.database.transaction(as: identity) { transaction -> Void in
                throw Undone(touched: try await transaction.execute(sql).affectedRowCount)
            }
            return nil
        } catch let error as DatabaseError
            where error.code == .insufficientPrivilege || error.code == .rowSecurityViolation
        {
            return nil
        } catch let undone as Undone {
            return undone.touched
        }
    }

    private struct Undone: Error { var touched: Int? }

    @Test("Everybody writes; the relay alone numbers and removes, and what is ready never changes")
    func rows() async throws {
        try await Shop.with { shop in
            try await shop.sell(["ready", "open"])
            try await shop.change(
                """
                UPDATE shop.audit_outbox SET ready_at = now() + interval '1 hour'
                WHERE id = (SELECT id FROM shop.audit_outbox ORDER BY id DESC LIMIT 1)
                """)
            try await shop.change(
                """
                INSERT INTO shop.audit_batches
                    (first_sequence, last_sequence, ids, events, payloads, salts)
                VALUES (1, 1, ARRAY[uuidv7()], '{a}', '{NULL}', '{NULL}')
                """)
            let table: [(SQL, relay: Int?, recorder: Int?, others: Int?)] = [
                ("SELECT FROM shop.audit_outbox", 2, 2, 0),
                ("UPDATE shop.audit_outbox SET event = '\\xa0'", 1, 1, 0),
                ("UPDATE shop.audit_outbox SET ready_at = NULL", 1, nil, 0),
                ("DELETE FROM shop.audit_outbox", 1, 0, 0),
                ("UPDATE shop.audit_outbox SET id = uuidv7()", nil, nil, nil),
                ("TRUNCATE shop.audit_outbox", nil, nil, nil),
                (
                    """
                    INSERT INTO shop.audit_outbox (id, event, ready_at)
                    VALUES (uuidv7(), '\\xa0', now())
                    """, 1, 1, 1
                ),
                (
                    """
                    INSERT INTO shop.audit_batches
                        (first_sequence, last_sequence, ids, events, payloads, salts)
                    VALUES (2, 2, ARRAY[uuidv7()], '{a}', '{NULL}', '{NULL}')
                    """, 1, nil, nil
                ),
                ("SELECT FROM shop.audit_batches", 1, 0, 0),
                ("DELETE FROM shop.audit_batches", 1, 0, 0),
                ("UPDATE shop.audit_batches SET last_sequence = 2", nil, nil, nil),
                ("SELECT FROM shop.audit_producer", 1, 0, 0),
                ("UPDATE shop.audit_producer SET begins_epoch = true", 1, 0, 0),
                ("UPDATE shop.audit_producer SET is_only = true", nil, nil, nil),
                ("DELETE FROM shop.audit_producer", nil, nil, nil),
                ("INSERT INTO shop.audit_producer DEFAULT VALUES", nil, nil, nil),
            ]
            for (statement, relay, recorder, others) in table {
                for (identity, expected) in [
                    (.purpose("audit_relay"), relay),
                    (.purpose("audit"), recorder), (.purpose("purge"), others),
                    (.person(UUID()), others), (.nobody, others),
                ] as [(DatabaseIdentity, Int?)] {
                    let touched = try await self.count(shop, statement, as: identity)
                    #expect(touched == expected, "\(statement.text) as \(identity)")
                }
            }
        }
    }

    @Test("Every service's role passes the check at start with the tables there")
    func roleCheck() async throws {
        try await Shop.with { shop in
            try await RoleCheck.verify(shop.database, schema: "shop", publicTables: ["sales"])
        }
    }

    @Test("A migration that was applied never changes")
    func pinned() {
        let migrations = [
            AuditOutbox.migration(version: 7, schema: "identity", role: "steward_identity"),
            AuditOutbox.migration(
                version: 6, schema: "conversations", role: "steward_conversations"),
            AuditOutbox.batchMigration(version: 9, schema: "identity", role: "steward_identity"),
            AuditOutbox.wholeBatchMigration(
                version: 11, schema: "identity", role: "steward_identity"),
        ]
        let digests = migrations.map { migration in
            Sodium.sha256(migration.sql).prefix(8).map { String($0, radix: 16) }.joined()
        }
        #expect(
            digests == [
                "bdc311811846c190", "ea4fa0937f615cee", "9e7f295fdd32e91", "5f58056d37d95",
            ])
    }
}
