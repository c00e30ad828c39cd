internal import AuditAPI
internal import FoundationEssentials
package import Postgres
internal import RPC

/// All SQL of figures of the business.
struct MetricValueStore: Sendable {
    let database: Database

    /// What these transactions are for.
    static let purpose = DatabaseIdentity.purpose("metrics")

    private static let columns: SQL = """
        v.id, v.name, v.category, v.value::double precision AS value, v.period, v.user_id,
        v.recorded_at, v.recorded_by, v.metadata
        """

    /// Keeps a figure.
    static func put(
        _ request: PutMetric, _ checked: (value: Decimal, metadata: JSONText), id: UUID,
        by caller: UUID
    ) -> SQL {
        """
        INSERT INTO audit.metric_values AS v (
            id, name, category, value, period, user_id, recorded_at, recorded_by, metadata)
        VALUES (\(id), \(request.name), \(request.category), \(checked.value),
            \(request.period ?? "daily"), \(request.userID),
            coalesce(\(request.recordedAt), clock_timestamp()), \(caller), \(checked.metadata))
        RETURNING \(fragment: Self.columns)
        """
    }

    /// Where a page ends.
    struct Position: Hashable, Sendable {
        /// The time of the last figure, in microseconds since 1970.
        let microseconds: Int64
        let id: UUID
    }

    /// A figure with its place in the list.
    struct Listed: RowDecodable, Sendable {
        let value: MetricValue
        let position: Position

        init(row: Row) throws {
            self.value = try MetricValue(row: row)
            self.position = Position(
                microseconds: try row.get("microseconds"), id: try row.get("id"))
        }
    }

    /// Figures, newest first.
    func list(
        _ request: ListMetricValues, after position: Position?, limit: Int,
        deadline: ContinuousClock.Instant?
    ) async throws -> [Listed] {
        var sql: SQL = """
            SELECT \(fragment: Self.columns),
                (extract(epoch FROM v.recorded_at) * 1000000)::bigint AS microseconds
            FROM audit.metric_values AS v WHERE true
            """
        if let name = request.name { sql += " AND v.name = \(name)" }
        if let category = request.category { sql += " AND v.category = \(category)" }
        if let period = request.period { sql += " AND v.period = \(period)" }
        if let userID = request.userID { sql += " AND v.user_id = \(userID)" }
        if let from = request.from { sql += " AND v.recorded_at >= \(from)" }
        if let to = request.to { sql += " AND v.recorded_at < \(to)" }
        if let position {
            sql += """
                 AND (v.recorded_at, v.id) < (
                    '1970-01-01T00:00:00Z'::timestamptz
                        + \(position.microseconds) * interval '1 microsecond', \(position.id))
                """
        }
        sql += " ORDER BY v.recorded_at DESC, v.id DESC LIMIT \(limit)"
        return try await self.database.query(
            sql, as: Self.purpose, deadline: deadline
        ).decode()
    }
}

extension MetricValue: RowDecodable {
    package init(row: Row) throws {
        let metadata: JSONText = try row.get("metadata")
        self.init(
            id: try row.get("id"), name: try row.get("name"), category: try row.get("category"),
            value: try row.get("value"), period: try row.get("period"),
            userID: try row.get("user_id"), recordedAt: try row.get("recorded_at"),
            recordedBy: try row.get("recorded_by"),
            metadata: try JSONDecoder().decode(
                [String: JSONValue].self, from: Data(metadata.text.utf8)))
    }
}
