internal import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL that lists secrets.
struct SecretListStore: Sendable {
    let store: SecretStore
    let rows: RowGuard
    let alarm: TamperAlarm

    private struct Listed: RowDecodable {
        let secret: SecretRecord
        let now: Date

        init(row: Row) throws {
            self.secret = try SecretRecord(row: row)
            self.now = try row.get("looked_at")
        }
    }

    /// Secrets that somebody may use, by name; those that were tampered with are left out, with an
    /// alarm.
    func list(
        _ request: ListSecrets, as person: UUID, rights: Rights, in context: CallContext
    ) async throws -> SecretPage {
        let deadline = context.deadline
        let known = self.rows.keyring.revisions
        let size = try FieldRules.pageSize(request.pageSize)
        var condition: SQL = "true"
        if !rights.mayManage(person) {
            let held = try await self.store.askedPermissions(deadline: deadline)
                .filter { rights.permits($0, person) }
            condition = "(s.owner_id = \(person) OR s.required_permission = ANY (\(held)))"
        }
        condition += try Self.filter(request)
        if let parts = try FieldRules.position(request.pageToken, partCount: 2) {
            guard let id = UUID(uuidString: parts[1]) else {
                throw RPCError.invalid("pageToken", "it is not of this list.")
            }
            condition += " AND (s.name, s.id) > (\(parts[0]), \(id))"
        }
        let rows: [Listed] = try await self.store.database.query(
            """
            SELECT \(fragment: SecretRecord.columns), clock_timestamp() AS looked_at
            FROM vault.secrets AS s WHERE \(fragment: condition)
            ORDER BY s.name, s.id LIMIT \(size + 1)
            """,
            as: SecretStore.purpose, deadline: deadline
        ).decode()
        let kept = rows.prefix(size)
        let last = rows.count > size ? kept.last?.secret : nil
        var secrets: [Secret] = []
        for row in kept {
            let finding = try self.rows.finding(row.secret, known: known[row.secret.id])
            if finding == .genuine {
                secrets.append(row.secret.described(at: row.now))
            } else {
                try await self.alarm.raise(
                    .init(kind: "secret", id: row.secret.id, version: nil, what: finding),
                    in: context)
            }
        }
        return SecretPage(
            secrets: secrets,
            nextPageToken: last.map { PageCursor([$0.name, $0.id.uuidString]).text })
    }

    private static func filter(_ request: ListSecrets) throws -> SQL {
        var condition = SQL()
        if request.includesDeleted != true {
            condition += " AND s.deleted_at IS NULL AND s.destroyed_at IS NULL"
        }
        if let tag = request.tag {
            condition += " AND s.tags @> \([try FieldRules.line(tag, "tag", limit: 50)])"
        }
        if let type = request.type {
            condition += " AND s.secret_type = \(try FieldRules.known(type, "type").rawValue)"
        }
        if let owner = request.ownerID { condition += " AND s.owner_id = \(owner)" }
        if let text = request.text {
            let part = try FieldRules.line(text, "text", limit: 200).lowercased()
            condition += """
                 AND (position(\(part) IN lower(s.name)) > 0
                    OR position(\(part) IN lower(s.display_name)) > 0
                    OR position(\(part) IN lower(coalesce(s.description, ''))) > 0)
                """
        }
        if let isDue = request.isDue {
            condition += """
                 AND (s.next_rotation_at IS NOT NULL
                    AND s.next_rotation_at <= clock_timestamp()) = \(isDue)
                """
        }
        if let isExpired = request.isExpired {
            condition += """
                 AND (s.expires_at IS NOT NULL AND s.expires_at <= clock_timestamp())
                    = \(isExpired)
                """
        }
        return condition
    }
}
