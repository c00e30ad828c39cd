package import Postgres
internal import RPC
internal import ServiceKit
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Answers the method that lists uses of secrets.
struct AccessHandlers: Sendable {
    let database: Database
    let lookup: SecretLookup
    let rights: Rights

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ListSecretAccess.self, handler: self.list)
    }

    @Sendable
    func list(
        _ request: ListSecretAccess, _ context: CallContext
    ) async throws -> SecretAccessPage {
        let person = try context.requireCaller().userID
        let size = try FieldRules.pageSize(request.pageSize)
        try self.lookup.standing.requireOpen()
        if let id = request.secretID {
            // Who shares a secret does not see what others do with it.
            _ = try await self.lookup.find(
                SecretReference(secretID: id), mustKnow: true, in: context)
        } else if !self.rights.mayManage(person) {
            throw RPCError.invalid("secretID", "all secrets need the permission vault:manage.")
        }
        let rows: [SecretAccess] = try await self.database.query(
            """
            SELECT a.id, a.secret_id, a.version, a.user_id, a.peer, a.access_type, a.success,
                a.reason, a.ip_address, a.user_agent, a.tool_id, a.purpose, a.accessed_at
            FROM vault.secret_access AS a WHERE \(fragment: try Self.condition(request))
            ORDER BY a.accessed_at DESC, a.id DESC LIMIT \(size + 1)
            """,
            as: SecretStore.purpose, deadline: context.deadline
        ).decode()
        let kept = Array(rows.prefix(size))
        let last = rows.count > size ? kept.last : nil
        return SecretAccessPage(
            accesses: kept,
            nextPageToken: last.map {
                PageCursor(["\($0.accessedAt.microseconds)", $0.id.uuidString]).text
            })
    }

    private static func condition(_ request: ListSecretAccess) throws -> SQL {
        var condition: SQL = "true"
        if let id = request.secretID { condition += " AND a.secret_id = \(id)" }
        if let id = request.userID { condition += " AND a.user_id = \(id)" }
        if let type = request.accessType {
            let name = try FieldRules.known(type, "accessType").rawValue
            condition += " AND a.access_type = \(name)"
        }
        if let isSuccess = request.isSuccess { condition += " AND a.success = \(isSuccess)" }
        if let from = request.from {
            condition += " AND a.accessed_at >= \(try FieldRules.time(from, "from"))"
        }
        if let to = request.to {
            condition += " AND a.accessed_at < \(try FieldRules.time(to, "to"))"
        }
        if let parts = try FieldRules.position(request.pageToken, partCount: 2) {
            guard let microseconds = Int64(parts[0]), let id = UUID(uuidString: parts[1]),
                microseconds.magnitude < 253_402_214_400_000_000
            else { throw RPCError.invalid("pageToken", "it is not of this list.") }
            condition += """
                 AND (a.accessed_at, a.id) < ('1970-01-01T00:00:00Z'::timestamptz
                    + \(microseconds) * interval '1 microsecond', \(id))
                """
        }
        return condition
    }
}

extension SecretAccess: RowDecodable {
    package init(row: Row) throws {
        self.init(
            id: try row.get("id"), secretID: try row.get("secret_id"),
            version: try row.get("version"), userID: try row.get("user_id"),
            peer: try row.get("peer"),
            accessType: SecretAccessType(rawValue: try row.get("access_type")),
            isSuccess: try row.get("success"), reason: try row.get("reason"),
            ipAddress: try row.get("ip_address"), userAgent: try row.get("user_agent"),
            toolID: try row.get("tool_id"), purpose: try row.get("purpose"),
            accessedAt: try row.get("accessed_at"))
    }
}
