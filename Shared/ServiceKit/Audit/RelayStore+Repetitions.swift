internal import AuditAPI
internal import Postgres

internal import struct FoundationEssentials.UUID

/// The SQL of leaving out, when a numbering begins anew, what the log has already.
extension RelayStore {
    /// Takes back the numbers that were given, as long as the numbering is to begin anew: the
    /// events are in the outbox as before, some batches at a time.
    func returnBatches(holder: UUID) async throws {
        let isAsked: SQL = "holder = \(holder) AND begins_epoch"
        while true {
            let results = try await self.database.write(
                """
                SELECT FROM \(identifier: self.schema).audit_producer
                WHERE \(fragment: isAsked) FOR UPDATE
                """,
                """
                WITH batch AS (
                    DELETE FROM \(identifier: self.schema).audit_batches
                    WHERE last_sequence = ANY (ARRAY(
                        SELECT b.last_sequence
                        FROM \(identifier: self.schema).audit_producer,
                            \(identifier: self.schema).audit_batches b
                        WHERE \(fragment: isAsked) ORDER BY b.last_sequence LIMIT 16))
                    RETURNING ids, events, payloads, salts
                )
                INSERT INTO \(identifier: self.schema).audit_outbox (id, event, payload, salt)
                SELECT e.id, e.event, e.payload, e.salt
                FROM batch, unnest(ids, events, payloads, salts) AS e (id, event, payload, salt)
                WHERE e.event IS NOT NULL ON CONFLICT DO NOTHING
                """,
                """
                SELECT EXISTS (
                    SELECT FROM \(identifier: self.schema).audit_producer,
                        \(identifier: self.schema).audit_batches
                    WHERE \(fragment: isAsked)) AS has_more
                """,
                as: Self.identity, deadline: .now + Self.deadline)
            guard try results[2].rows.first?.get("has_more") == true else { return }
        }
    }

    /// The ids of events that are here, in their order; as many as may be asked for at once.
    func eventIDs(after last: UUID?) async throws -> [UUID] {
        var condition: SQL = "true"
        if let last { condition = "id > \(last)" }
        return try await self.database.query(
            """
            SELECT id FROM \(identifier: self.schema).audit_outbox
            WHERE \(fragment: condition) ORDER BY id LIMIT \(AppendEntries.entryLimit)
            """,
            as: Self.identity, deadline: .now + Self.deadline
        ).rows.map { try $0.get("id") }
    }

    /// Removes events that the log has, as long as the numbering is to begin anew; also those
    /// that were restored as they were when alike denials were still counted into them.
    func remove(_ ids: [UUID], holder: UUID) async throws {
        let begins: SQL = """
            EXISTS (SELECT FROM \(identifier: self.schema).audit_producer
                WHERE holder = \(holder) AND begins_epoch)
            """
        _ = try await self.database.write(
            """
            SELECT FROM \(identifier: self.schema).audit_producer
            WHERE holder = \(holder) FOR UPDATE
            """,
            """
            UPDATE \(identifier: self.schema).audit_outbox SET ready_at = NULL
            WHERE id = ANY (\(ids)) AND ready_at IS NOT NULL AND \(fragment: begins)
            """,
            """
            DELETE FROM \(identifier: self.schema).audit_outbox
            WHERE id = ANY (\(ids)) AND \(fragment: begins)
            """,
            as: Self.identity, deadline: .now + Self.deadline)
    }
}
