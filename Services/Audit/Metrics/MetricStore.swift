internal import AuditAPI
internal import FoundationEssentials
internal import Locks
package import Postgres

/// All SQL of what services measure of themselves.
final class MetricStore: Sendable {
    private let database: Database
    /// Different metrics that there may be; protects the table of them from whoever makes names up.
    private let seriesLimit: Int64
    /// The days, counted from 1970, that have a partition.
    private let days = Mutex<Set<Int>>([])

    private static let identity = DatabaseIdentity.purpose("metrics")
    private static let timeout = Duration.seconds(10)

    /// Stores in a database.
    init(database: Database, seriesLimit: Int64 = 50_000) {
        self.database = database
        self.seriesLimit = seriesLimit
    }

    /// Stores samples that were checked.
    func store(_ metrics: [SystemMetric]) async throws -> ReportedMetrics {
        guard !metrics.isEmpty else { return ReportedMetrics(storedCount: 0, refusedCount: 0) }
        try await self.makeDays(of: metrics)
        let samples = try Samples(metrics)
        do {
            return try await self.store(samples)
        } catch let error as DatabaseError {
            // The partition may have gone since it was made.
            self.days.withLock { $0 = [] }
            throw error
        }
    }

    private func store(_ samples: Samples) async throws -> ReportedMetrics {
        let results = try await self.database.write(
            samples.insertion, samples.unknownCount, as: Self.identity,
            deadline: .now + Self.timeout)
        var stored = results[0].affectedRowCount
        let unknown: Int64 = try results[1].rows.first?.get(0) ?? 0
        guard unknown > 0 else {
            return ReportedMetrics(storedCount: stored, refusedCount: 0)
        }
        let later = try await self.database.write(
            samples.seriesInsertion(limit: self.seriesLimit), samples.insertion,
            samples.unknownCount, as: Self.identity, deadline: .now + Self.timeout)
        stored += later[1].affectedRowCount
        let refused: Int64 = try later[2].rows.first?.get(0) ?? 0
        return ReportedMetrics(storedCount: stored, refusedCount: Int(refused))
    }

    /// Makes the partitions of the days of samples, unless that was done before.
    private func makeDays(of metrics: [SystemMetric]) async throws {
        let wanted = Set(
            metrics.map { Int(($0.createdAt.timeIntervalSince1970 / 86_400).rounded(.down)) })
        let missing = self.days.withLock { wanted.subtracting($0) }
        for day in missing.sorted() {
            _ = try await self.database.write(
                "SELECT audit.make_metric_day('1970-01-01'::date + \(Int32(clamping: day)))",
                as: Self.identity, deadline: .now + Self.timeout)
        }
        self.days.withLock { $0.formUnion(missing) }
    }

    /// What is measured.
    func names(
        component: String?, prefix: String?, deadline: ContinuousClock.Instant?
    ) async throws -> [MetricName] {
        var sql: SQL = """
            SELECT s.name, s.component, s.unit, count(*) AS series_count
            FROM audit.metric_series AS s WHERE true
            """
        if let component { sql += " AND s.component = \(component)" }
        if let prefix { sql += " AND starts_with(s.name, \(prefix))" }
        sql += """
             GROUP BY s.name, s.component, s.unit ORDER BY s.name, s.component, s.unit
            LIMIT \(ListMetrics.nameLimit)
            """
        return try await self.database.query(
            sql, as: Self.identity, deadline: deadline
        ).decode()
    }

    /// Series of points, by component and tags, then by time; one point more than an answer holds.
    func points(
        _ request: QueryMetrics, deadline: ContinuousClock.Instant?
    ) async throws -> [SeriesPoint] {
        var condition: SQL = "s.name = \(request.name)"
        if let component = request.component { condition += " AND s.component = \(component)" }
        if let tags = request.tags {
            let wanted = try Samples.json(tags)
            condition += " AND s.tags @> \(wanted)"
        }
        let isCombined = request.isCombined ?? false
        let place: SQL
        let value: SQL
        if let step = request.stepSeconds {
            place = """
                date_bin(make_interval(secs => \(Double(step))), v.created_at, \(request.from))
                """
            value = Self.aggregate(request.aggregation ?? .average)
        } else {
            place = "v.created_at"
            value = "v.value"
        }
        let identity: SQL =
            isCombined
            ? "0::bigint AS id, NULL::text AS component, NULL::text AS unit, NULL::jsonb AS tags"
            : "s.id, s.component, s.unit, s.tags"
        var sql: SQL = """
            SELECT \(fragment: identity), \(fragment: place) AS place,
                \(fragment: value) AS value
            FROM audit.metric_series AS s
            JOIN audit.metric_samples AS v ON v.series_id = s.id
                AND v.created_at >= \(request.from) AND v.created_at < \(request.to)
            WHERE \(fragment: condition)
            """
        if request.stepSeconds != nil {
            sql += isCombined ? " GROUP BY 5" : " GROUP BY 1, 2, 3, 4, 5"
        }
        sql += isCombined ? " ORDER BY 5" : " ORDER BY component, tags, unit, id, place"
        sql += " LIMIT \(QueryMetrics.pointLimit + 1)"
        return try await self.database.query(
            sql, as: Self.identity, deadline: deadline
        ).decode()
    }

    private static func aggregate(_ aggregation: MetricAggregation) -> SQL {
        switch aggregation {
        case .minimum: "min(v.value)"
        case .maximum: "max(v.value)"
        case .sum: "sum(v.value)"
        case .last: "(array_agg(v.value ORDER BY v.created_at DESC))[1]"
        case .count: "count(*)::double precision"
        default: "avg(v.value)"
        }
    }

    /// A point with the series that it is of.
    struct SeriesPoint: RowDecodable, Sendable {
        let seriesID: Int64
        let component: String?
        let unit: String?
        let tags: [String: String]?
        let point: MetricPoint

        init(row: Row) throws {
            self.seriesID = try row.get("id")
            self.component = try row.get("component")
            self.unit = try row.get("unit")
            self.tags = try row.get("tags", as: JSONText?.self).map {
                try JSONDecoder().decode([String: String].self, from: Data($0.text.utf8))
            }
            self.point = MetricPoint(at: try row.get("place"), value: try row.get("value"))
        }
    }
}

/// Samples as columns.
private struct Samples {
    private let source: SQL

    init(_ metrics: [SystemMetric]) throws {
        let tags = try metrics.map { try Self.json($0.tags) }
        self.source = """
            unnest(\(metrics.map(\.name)), \(metrics.map(\.component)), \(metrics.map(\.unit)),
                \(tags), \(metrics.map(\.createdAt)), \(metrics.map(\.value))
            ) AS a (name, component, unit, tags, created_at, value)
            """
    }

    static func json(_ tags: [String: String]) throws -> JSONText {
        JSONText(String(decoding: try JSONEncoder().encode(tags), as: UTF8.self))
    }

    /// Stores the samples whose series are known.
    var insertion: SQL {
        """
        INSERT INTO audit.metric_samples (series_id, created_at, value)
        SELECT s.id, a.created_at, a.value FROM \(fragment: self.source)
        JOIN audit.metric_series AS s ON s.name = a.name AND s.component = a.component
            AND s.unit = a.unit AND s.tags = a.tags
        ON CONFLICT (series_id, created_at) DO NOTHING
        """
    }

    /// How many samples are of series that are not known.
    var unknownCount: SQL {
        """
        SELECT count(*) FROM \(fragment: self.source)
        WHERE NOT EXISTS (SELECT FROM audit.metric_series AS s
            WHERE s.name = a.name AND s.component = a.component AND s.unit = a.unit
                AND s.tags = a.tags)
        """
    }

    /// Makes the series that are not known, unless there would be too many.
    func seriesInsertion(limit: Int64) -> SQL {
        """
        INSERT INTO audit.metric_series (name, component, unit, tags)
        SELECT DISTINCT a.name, a.component, a.unit, a.tags FROM \(fragment: self.source)
        WHERE NOT EXISTS (SELECT FROM audit.metric_series AS s
            WHERE s.name = a.name AND s.component = a.component AND s.unit = a.unit
                AND s.tags = a.tags)
        LIMIT greatest(0, \(limit) - (SELECT count(*) FROM audit.metric_series))
        ON CONFLICT (name, component, unit, tags) DO NOTHING
        """
    }
}

extension MetricName: RowDecodable {
    package init(row: Row) throws {
        self.init(
            name: try row.get("name"), component: try row.get("component"),
            unit: try row.get("unit"), seriesCount: try row.get("series_count"))
    }
}
