internal import AuditAPI
package import Postgres

internal import struct FoundationEssentials.UUID

/// All SQL of legal holds.
struct HoldStore: Sendable {
    let database: Database

    /// What a hold is read from.
    static let columns: SQL = """
        h.id, h.user_id, h.class, h.begins_at, h.ends_at, h.reason, h.placed_by, h.placed_at,
        h.released_at, h.released_by, h.release_reason
        """

    /// Places a hold.
    static func place(_ request: PlaceHold, id: UUID, by caller: UUID) -> SQL {
        """
        SELECT \(fragment: Self.columns) FROM audit.place_hold(
            \(id), \(request.userID), \(request.auditClass?.rawValue), \(request.from),
            \(request.to), \(request.reason), \(caller)) AS h
        """
    }

    /// Ends a hold; no row if it does not stand.
    static func release(_ id: UUID, reason: String, by caller: UUID) -> SQL {
        """
        SELECT \(fragment: Self.columns) FROM audit.release_hold(\(id), \(reason), \(caller)) AS h
        """
    }

    /// One hold.
    static func find(_ id: UUID) -> SQL {
        "SELECT \(fragment: Self.columns) FROM audit.holds AS h WHERE h.id = \(id)"
    }

    /// Holds, newest first.
    func list(
        includingReleased: Bool, before: UUID?, limit: Int, deadline: ContinuousClock.Instant?
    ) async throws -> [Hold] {
        var sql: SQL = "SELECT \(fragment: Self.columns) FROM audit.holds AS h WHERE true"
        if !includingReleased { sql += " AND h.released_at IS NULL" }
        if let before { sql += " AND h.id < \(before)" }
        sql += " ORDER BY h.id DESC LIMIT \(limit)"
        return try await self.database.read(
            sql, as: RetentionStore.purpose, deadline: deadline
        ).decode()
    }
}

extension Hold: RowDecodable {
    package init(row: Row) throws {
        self.init(
            id: try row.get("id"), userID: try row.get("user_id"),
            auditClass: try row.get("class", as: String?.self).map(AuditClass.init(rawValue:)),
            from: try row.get("begins_at"), to: try row.get("ends_at"),
            reason: try row.get("reason"), placedBy: try row.get("placed_by"),
            placedAt: try row.get("placed_at"), releasedAt: try row.get("released_at"),
            releasedBy: try row.get("released_by"), releaseReason: try row.get("release_reason"))
    }
}
