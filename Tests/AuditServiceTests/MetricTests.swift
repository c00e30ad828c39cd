import AuditAPI
import Foundation
import Postgres
import RPC
import RPCTestSupport
import Testing

@testable import AuditService

/// What services measure of themselves.
@Suite struct MetricTests {
    private static let now = Date(timeIntervalSince1970: (Date().timeIntervalSince1970 - 3_600)
        .rounded(.down))

    private func metric(
        _ value: Double, after seconds: Double = 0, name: String = "rpc.calls",
        component: String = "identity", tags: [String: String] = [:]
    ) -> SystemMetric {
        SystemMetric(
            name: name, value: value, unit: "calls", component: component, tags: tags,
            createdAt: Self.now + seconds)
    }

    @Test func `every field of a sample comes back`() async throws {
        let sink = try await TestSink(try await TestLog())
        let metric = self.metric(12.5, tags: ["method": "identity.SignIn", "code": "ok"])
        let reply = try await sink.service.metrics.report(
            ReportMetrics(metrics: [metric]), .call(peers: ["identity"]))
        #expect(reply == ReportedMetrics(storedCount: 1, refusedCount: 0))
        let series = try await sink.service.metrics.query(
            QueryMetrics(name: metric.name, from: Self.now, to: Self.now + 1), .call()
        ).series
        #expect(
            series == [
                MetricSeries(
                    name: metric.name, component: metric.component, unit: metric.unit,
                    tags: metric.tags, points: [MetricPoint(at: metric.createdAt, value: 12.5)])
            ])
        let names = try await sink.service.metrics.list(ListMetrics(), .call()).metrics
        #expect(
            names == [
                MetricName(
                    name: "rpc.calls", component: "identity", unit: "calls", seriesCount: 1)
            ])
        await sink.stop()
    }

    @Test func `a sample that is reported twice is there once`() async throws {
        let sink = try await TestSink(try await TestLog())
        let request = ReportMetrics(metrics: [self.metric(1), self.metric(2, after: 1)])
        _ = try await sink.service.metrics.report(request, .call(peers: ["identity"]))
        let again = try await sink.service.metrics.report(request, .call(peers: ["identity"]))
        #expect(again == ReportedMetrics(storedCount: 0, refusedCount: 0))
        #expect(try await sink.log.number("SELECT count(*) FROM audit.metric_samples") == 2)
        await sink.stop()
    }

    @Test(arguments: [
        (MetricAggregation.average, [2.0, 10]), (.minimum, [1, 10]), (.maximum, [3, 10]),
        (.sum, [6, 10]), (.last, [2, 10]), (.count, [3, 1]),
    ])
    func `samples of a step become one point`(
        aggregation: MetricAggregation, expected: [Double]
    ) async throws {
        let sink = try await TestSink(try await TestLog())
        let samples = [
            self.metric(1), self.metric(3, after: 5), self.metric(2, after: 9.5),
            self.metric(10, after: 20), self.metric(99, after: 30),
        ]
        _ = try await sink.service.metrics.report(
            ReportMetrics(metrics: samples), .call(peers: ["identity"]))
        let series = try await sink.service.metrics.query(
            QueryMetrics(
                name: "rpc.calls", from: Self.now, to: Self.now + 30, stepSeconds: 10,
                aggregation: aggregation), .call()
        ).series
        #expect(series.map { $0.points.map(\.value) } == [expected])
        #expect(series.first?.points.map(\.at) == [Self.now, Self.now + 20])
        await sink.stop()
    }

    @Test func `series are told apart by component and tags, or made one`() async throws {
        let sink = try await TestSink(try await TestLog())
        var samples: [SystemMetric] = []
        for method in ["a", "b"] {
            samples.append(self.metric(1, tags: ["method": method]))
            samples.append(
                self.metric(10, component: "identity.passwords", tags: ["method": method]))
        }
        _ = try await sink.service.metrics.report(
            ReportMetrics(metrics: samples), .call(peers: ["identity"]))
        var query = QueryMetrics(
            name: "rpc.calls", from: Self.now, to: Self.now + 60, stepSeconds: 60,
            aggregation: .sum)
        let all = try await sink.service.metrics.query(query, .call()).series
        #expect(
            all.map { "\($0.component ?? "") \($0.tags?["method"] ?? "")" } == [
                "identity a", "identity b", "identity.passwords a", "identity.passwords b",
            ])
        query.tags = ["method": "b"]
        query.component = "identity"
        let one = try await sink.service.metrics.query(query, .call()).series
        #expect(one.map { $0.points.map(\.value) } == [[1]])
        query.tags = nil
        query.component = nil
        query.isCombined = true
        let combined = try await sink.service.metrics.query(query, .call()).series
        #expect(combined.map { $0.points.map(\.value) } == [[22]])
        await sink.stop()
    }

    @Test func `an answer has a bounded number of points and says so`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        _ = try await sink.service.metrics.report(
            ReportMetrics(metrics: [self.metric(1)]), .call(peers: ["identity"]))
        try await log.tamper(
            """
            INSERT INTO audit.metric_samples
            SELECT s.id, \(Self.now) + n * interval '1 millisecond', n
            FROM audit.metric_series AS s, generate_series(1, 20000) AS n
            """)
        let answer = try await sink.service.metrics.query(
            QueryMetrics(name: "rpc.calls", from: Self.now, to: Self.now + 60), .call())
        #expect(answer.isTruncated)
        #expect(answer.series.map(\.points.count) == [QueryMetrics.pointLimit])
        await sink.stop()
    }

    @Test func `samples that are not what they should be are refused as a whole`() async throws {
        let sink = try await TestSink(try await TestLog())
        var many: [String: String] = [:]
        for number in 0...16 { many["tag\(number)"] = "" }
        let wrong = [
            self.metric(.nan), self.metric(.infinity), self.metric(1, name: ""),
            self.metric(1, name: "a b"), self.metric(1, name: String(repeating: "n", count: 101)),
            self.metric(1, component: ""), self.metric(1, tags: many),
            self.metric(1, tags: ["t": String(repeating: "v", count: 1_000)]),
            self.metric(1, tags: ["t": "\0"]), self.metric(1, tags: ["t": "\""]),
            self.metric(1, after: -86_400), self.metric(1, after: 3_600 + 660),
            self.metric(1, after: .infinity), self.metric(1, after: -1e300),
        ]
        for metric in wrong {
            #expect(
                await refusal {
                    try await sink.service.metrics.report(
                        ReportMetrics(metrics: [self.metric(1), metric]),
                        .call(peers: ["identity"]))
                } == "audit.field_invalid", "\(metric)")
        }
        #expect(
            await refusal {
                try await sink.service.metrics.report(
                    ReportMetrics(metrics: Array(repeating: self.metric(1), count: 1_001)),
                    .call(peers: ["identity"]))
            } == "audit.field_invalid")
        #expect(
            await refusal {
                try await sink.service.metrics.report(
                    ReportMetrics(metrics: [self.metric(1, component: "vault")]),
                    .call(peers: ["identity"]))
            } == "audit.producer_not_caller")
        #expect(try await sink.log.number("SELECT count(*) FROM audit.metric_samples") == 0)
        await sink.stop()
    }

    @Test func `questions beyond the bounds are refused`() async throws {
        let sink = try await TestSink(try await TestLog())
        let (from, to) = (Self.now, Self.now + 5_000)
        for query in [
            QueryMetrics(name: "", from: from, to: to),
            QueryMetrics(name: "n", from: to, to: from),
            QueryMetrics(name: "n", from: from, to: to, stepSeconds: 0),
            QueryMetrics(name: "n", from: from, to: to + 1, stepSeconds: 1),
            QueryMetrics(name: "n", from: from, to: Date(timeIntervalSince1970: .nan)),
            QueryMetrics(name: "n", from: from, to: to, isCombined: true),
            QueryMetrics(
                name: "n", from: from, to: to, stepSeconds: 5,
                aggregation: MetricAggregation(rawValue: "median")),
        ] {
            #expect(
                await refusal { try await sink.service.metrics.query(query, .call()) }
                    == "audit.field_invalid", "\(query)")
        }
        await sink.stop()
    }

    @Test func `whoever makes names up fills no table, and known ones go on`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        let store = MetricStore(database: sink.database, seriesLimit: 3)
        let first = try await store.store((1...5).map { self.metric(1, name: "made.up\($0)") })
        #expect(first == ReportedMetrics(storedCount: 3, refusedCount: 2))
        let second = try await store.store(
            (1...5).map { self.metric(1, after: 1, name: "made.up\($0)") })
        #expect(second == ReportedMetrics(storedCount: 3, refusedCount: 2))
        #expect(try await log.number("SELECT count(*) FROM audit.metric_series") == 3)
        await sink.stop()
    }

    @Test(arguments: [
        ("2026-12-31", "2026-12-31T23:59:59Z", true), ("2027-01-02", "2026-12-31T23:59:59Z", true),
        ("2027-01-03", "2026-12-31T23:59:59Z", false), ("2028-02-29", "2028-03-02T00:00:00Z", true),
        ("2028-02-28", "2028-03-02T00:00:00Z", false),
    ])
    func `days have partitions near to now only, also where months and years end`(
        day: String, moment: String, isMade: Bool
    ) async throws {
        let log = try await TestLog()
        let make: SQL = """
            SELECT audit.make_metric_day_at(\(day)::text::date, \(time(moment)))::int::bigint
            """
        if isMade {
            #expect(try await log.number(make) == 1)
            #expect(try await log.number(make) == 0)
            try await log.tamper(
                """
                INSERT INTO audit.metric_samples
                VALUES (1, (\(day)::text::date + interval '23:59:59.999999') AT TIME ZONE 'UTC', 1)
                """)
        } else {
            await #expect(throws: DatabaseError.self) { _ = try await log.number(make) }
        }
    }

    @Test func `a day goes when its retention is over, and series with their last sample`()
        async throws
    {
        let log = try await TestLog()
        for day in ["2026-02-28", "2026-03-01"] {
            _ = try await log.number(
                """
                SELECT audit.make_metric_day_at(\(day)::text::date, '2026-03-01')::int::bigint
                """)
        }
        try await log.tamper(
            """
            INSERT INTO audit.metric_series (name, component, unit, created_at)
            SELECT 'm' || n, 'c', '', '2026-02-01' FROM generate_series(1, 2) AS n
            """,
            """
            INSERT INTO audit.metric_samples
            SELECT id, ('2026-02-27'::date + id::int) AT TIME ZONE 'UTC', 1
            FROM audit.metric_series
            """)
        // 90 days from the end of February 28th.
        let drop = { (moment: String) async throws -> Int64 in
            try await log.number("SELECT audit.drop_metric_days_at(\(time(moment)))")
        }
        #expect(try await drop("2026-05-29T23:59:59Z") == 0)
        #expect(try await drop("2026-05-30T00:00:00Z") == 1)
        #expect(try await log.number("SELECT count(*) FROM audit.metric_series") == 1)
        #expect(try await drop("2026-05-31T00:00:00Z") == 1)
    }
}
