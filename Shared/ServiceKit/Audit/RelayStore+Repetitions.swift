internal import AuditAPI
internal import Postgres

internal import struct FoundationEssentials.UUID

/// The SQL of leaving out, when a numbering begins anew, what the log has already.
extension RelayStore {
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

    /// Removes events that the log has, as long as the numbering is to begin anew.
    ///
    /// Only what is numbered may be removed, so they get numbers first: of the numbering that ends,
    /// behind all that were ever given, and gone with it.
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
            UPDATE \(identifier: self.schema).audit_outbox o SET sequence = n.sequence
            FROM (
                SELECT id, row_number() OVER (ORDER BY id) + greatest(
                    (SELECT p.last_sequence FROM \(identifier: self.schema).audit_producer p),
                    (SELECT coalesce(max(x.sequence), 0)
                        FROM \(identifier: self.schema).audit_outbox x)) AS sequence
                FROM \(identifier: self.schema).audit_outbox
                WHERE id = ANY (\(ids)) AND sequence IS NULL
            ) AS n
            WHERE o.id = n.id AND \(fragment: begins)
            """,
            """
            DELETE FROM \(identifier: self.schema).audit_outbox
            WHERE id = ANY (\(ids)) AND sequence IS NOT NULL AND \(fragment: begins)
            """,
            as: Self.identity, deadline: .now + Self.deadline)
    }
}
