internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL of connections.
struct ConnectionStore: Sendable {
    let database: Database
    let rows: RowGuard
    let alarm: TamperAlarm
    let audit: AuditOutbox

    /// Makes a connection; with a key, one.
    func create(
        _ call: KeyedCall?, _ answers: KeptAnswers, in context: CallContext,
        _ make: (Date) throws -> ConnectionRecord
    ) async throws -> Connection {
        do {
            return try await self.database.transaction(
                as: SecretStore.purpose, deadline: context.deadline
            ) { transaction in
                if let call {
                    let results = try await transaction.batch(answers.claim(call))
                    let kept: Connection? = try answers.answer(to: call, in: results)
                    if let kept { return kept }
                }
                let row = try await transaction.execute(SecretStore.clock).rows[0]
                let now = Date(microseconds: try row.get("now", as: Date.self).microseconds)
                let made = try make(now).authenticated(by: self.rows.keyring)
                var statements = [try made.insert(), try self.event("created", made, context)]
                if let call { statements.append(try answers.keep(made.described, of: call)) }
                _ = try await transaction.batch(statements)
                return made.described
            }
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw RPCError.nameTaken
        }
    }

    /// Changes a connection that is there; what changes nothing is not recorded.
    ///
    /// - Throws: `vault.connection_not_found`, `vault.revision_conflict`, `vault.tampered`.
    func change(
        _ id: UUID, expectedVersion: Int64?, _ what: String, in context: CallContext,
        _ body: (inout ConnectionRecord, Date) throws -> Void
    ) async throws -> ConnectionRecord {
        let known = self.rows.keyring.revision(of: id)
        do {
            let changed = try await self.database.transaction(
                as: SecretStore.purpose, deadline: context.deadline
            ) { transaction in
                let results = try await transaction.batch([
                    """
                    SELECT \(fragment: ConnectionRecord.columns) FROM vault.connections AS c
                    WHERE c.id = \(id) FOR NO KEY UPDATE
                    """, SecretStore.clock,
                ])
                let now: Date = try results[1].rows[0].get("now")
                let found: ConnectionRecord? = try results[0].decodeFirst()
                let before = try await self.genuine(found, id, known: known, context)
                guard expectedVersion ?? before.revision == before.revision else {
                    throw RPCError.revisionConflict
                }
                var connection = before
                try body(&connection, Date(microseconds: now.microseconds))
                guard connection != before else { return before }
                connection.revision = before.revision + 1
                connection.updatedAt = Date(microseconds: now.microseconds)
                connection = try connection.authenticated(by: self.rows.keyring)
                _ = try await transaction.batch([
                    try connection.update(), try self.event(what, connection, context),
                ])
                return connection
            }
            try await self.rows.acknowledge(changed)
            return changed
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw RPCError.nameTaken
        }
    }

    /// Finds a connection by id or name.
    func find(
        id: UUID?, name: String?, in context: CallContext
    ) async throws -> ConnectionRecord {
        var id = id
        if let name {
            id = try await self.database.read(
                "SELECT id FROM vault.connections WHERE name = \(name) AND deleted_at IS NULL",
                as: SecretStore.purpose, deadline: context.deadline
            ).rows.first?.get("id")
        }
        guard let id else { throw RPCError.connectionNotFound }
        let known = self.rows.keyring.revision(of: id)
        let found: ConnectionRecord? = try await self.database.read(
            """
            SELECT \(fragment: ConnectionRecord.columns) FROM vault.connections AS c
            WHERE c.id = \(id)
            """,
            as: SecretStore.purpose, deadline: context.deadline
        ).decodeFirst()
        let connection = try await self.genuine(found, id, known: known, context)
        try await self.rows.acknowledge(connection)
        return connection
    }

    /// Connections by name; those that were tampered with are left out, with an alarm.
    func list(_ request: ListConnections, in context: CallContext) async throws -> ConnectionPage {
        let size = try FieldRules.pageSize(request.pageSize)
        let known = self.rows.keyring.revisions
        let found: [ConnectionRecord] = try await self.database.query(
            """
            SELECT \(fragment: ConnectionRecord.columns) FROM vault.connections AS c
            WHERE \(fragment: try Self.condition(request))
            ORDER BY c.name, c.id LIMIT \(size + 1)
            """,
            as: SecretStore.purpose, deadline: context.deadline
        ).decode()
        let kept = found.prefix(size)
        let last = found.count > size ? kept.last : nil
        var connections: [Connection] = []
        for connection in kept {
            let finding = try self.rows.finding(connection, known: known[connection.id])
            if finding == .genuine {
                connections.append(connection.described)
            } else {
                try await self.raise(finding, connection.id, context)
            }
        }
        return ConnectionPage(
            connections: connections,
            nextPageToken: last.map { PageCursor([$0.name, $0.id.uuidString]).text })
    }

    private static func condition(_ request: ListConnections) throws -> SQL {
        var condition: SQL = "c.deleted_at IS NULL"
        if let type = request.type { condition += " AND c.connection_type = \(type.rawValue)" }
        if let provider = request.provider { condition += " AND c.provider = \(provider)" }
        if let id = request.groupID { condition += " AND c.group_id = \(id)" }
        if let id = request.secretID { condition += " AND c.secret_id = \(id)" }
        if let isActive = request.isActive { condition += " AND c.is_active = \(isActive)" }
        if let parts = try FieldRules.position(request.pageToken, partCount: 2) {
            guard let id = UUID(uuidString: parts[1]) else {
                throw RPCError.invalid("pageToken", "it is not of this list.")
            }
            condition += " AND (c.name, c.id) > (\(parts[0]), \(id))"
        }
        return condition
    }

    private func genuine(
        _ found: ConnectionRecord?, _ id: UUID, known: Int64?, _ context: CallContext
    ) async throws -> ConnectionRecord {
        guard let found else {
            guard known != nil else { throw RPCError.connectionNotFound }
            try await self.raise(.missing, id, context)
            throw RPCError.tampered
        }
        let finding = try self.rows.finding(found, known: known)
        guard finding == .genuine else {
            try await self.raise(finding, id, context)
            throw RPCError.tampered
        }
        guard found.deletedAt == nil else { throw RPCError.connectionNotFound }
        return found
    }

    private func raise(
        _ finding: RowGuard.Finding, _ id: UUID, _ context: CallContext
    ) async throws {
        try await self.alarm.raise(
            .init(kind: "connection", id: id, version: nil, what: finding), in: context)
    }

    private func event(
        _ what: String, _ connection: ConnectionRecord, _ context: CallContext
    ) throws -> SQL {
        try self.audit.record(
            AuditFact(
                .connectionChanged, of: AuditResource("connection", connection.id),
                payload: AuditPayload(
                    details: .object([
                        "change": .string(what), "name": .string(connection.name),
                        "type": .string(connection.type.rawValue),
                        "provider": .string(connection.provider),
                    ]))),
            in: context)
    }
}
