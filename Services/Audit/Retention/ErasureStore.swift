internal import AuditAPI
package import Postgres

internal import struct FoundationEssentials.UUID

/// All SQL of erasure.
struct ErasureStore: Sendable {
    let database: Database

    /// Payloads erased in one transaction; short, so that it holds up nobody.
    static let stepCount: Int32 = 500

    /// What an erasure is read from.
    static let columns: SQL = """
        e.id, e.user_id, e.basis, e.reason, e.requested_by, e.requested_at, e.state,
        e.erased_count, e.finished_at
        """

    /// Records an erasure for one row of `claimed`, or without a condition.
    static func request(_ request: ErasePayloads, id: UUID, by caller: UUID) -> SQL {
        """
        SELECT \(fragment: Self.columns) FROM audit.request_erasure(
            \(id), \(request.userID), \(request.basis), \(request.reason), \(caller)) AS e
        """
    }

    /// Erasures, newest first.
    func list(
        user: UUID?, before: UUID?, limit: Int, deadline: ContinuousClock.Instant?
    ) async throws -> [Erasure] {
        var sql: SQL = "SELECT \(fragment: Self.columns) FROM audit.erasures AS e WHERE true"
        if let user { sql += " AND e.user_id = \(user)" }
        if let before { sql += " AND e.id < \(before)" }
        sql += " ORDER BY e.id DESC LIMIT \(limit)"
        return try await self.database.read(
            sql, as: RetentionStore.purpose, deadline: deadline
        ).decode()
    }

    /// Erasures that are not done, oldest first.
    func open() async throws -> [Erasure] {
        try await self.database.query(
            """
            SELECT \(fragment: Self.columns) FROM audit.erasures AS e
            WHERE e.state <> 'done' ORDER BY e.id LIMIT 1000
            """,
            as: RetentionStore.purpose, deadline: .now + .seconds(15)
        ).decode()
    }

    /// Makes erasures due again of whose people more has arrived.
    func reopen() async throws {
        _ = try await self.database.write(
            "SELECT audit.reopen_erasures()", as: RetentionStore.purpose,
            deadline: .now + .seconds(60))
    }

    /// Erases some payloads; how many, 0 if none was left that may be erased.
    func eraseSome(_ id: UUID, atMost count: Int32) async throws -> Int64 {
        try await self.database.write(
            "SELECT audit.erase_some(\(id), \(count))", as: RetentionStore.purpose,
            deadline: .now + .seconds(60)
        )[0].rows.first?.get(0) ?? 0
    }

    /// Notes that nothing that may be erased is left; no row if something is.
    static func finish(_ id: UUID) -> SQL {
        "SELECT f.is_news, f.held_count FROM audit.finish_erasure(\(id)) AS f"
    }

    /// One erasure.
    static func find(_ id: UUID) -> SQL {
        "SELECT \(fragment: Self.columns) FROM audit.erasures AS e WHERE e.id = \(id)"
    }

    /// Which entries have lost their payloads to an erasure, as `{[3,4),[7,9)}` of each epoch;
    /// cut to what an event can carry.
    static func ranges(_ id: UUID) -> SQL {
        """
        SELECT r.log_epoch, left(range_agg(r.ranges)::text, 8000) AS ranges
        FROM audit.erasure_ranges AS r WHERE r.erasure_id = \(id)
        GROUP BY r.log_epoch ORDER BY r.log_epoch LIMIT 4
        """
    }

    /// Records erasures of people whom identity has erased, in the transaction that appends the
    /// events which say so.
    static func follow(_ users: [UUID], ids: [UUID]) -> SQL {
        "SELECT audit.follow_erasures(\(ids), \(users))"
    }
}

extension Erasure: RowDecodable {
    package init(row: Row) throws {
        self.init(
            id: try row.get("id"), userID: try row.get("user_id"), basis: try row.get("basis"),
            reason: try row.get("reason"), requestedBy: try row.get("requested_by"),
            requestedAt: try row.get("requested_at"),
            state: ErasureState(rawValue: try row.get("state")),
            erasedCount: try row.get("erased_count"), finishedAt: try row.get("finished_at"))
    }
}
