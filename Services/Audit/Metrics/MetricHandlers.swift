internal import AuditAPI
internal import Postgres
internal import RPC

internal import struct FoundationEssentials.Date

/// Answers the methods about what services measure of themselves.
struct MetricHandlers: Sendable {
    let store: MetricStore

    /// Adds the methods to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ReportMetrics.self, handler: self.report)
        methods.register(ListMetrics.self, handler: self.list)
        methods.register(QueryMetrics.self, handler: self.query)
    }

    @Sendable
    func report(_ request: ReportMetrics, _ context: CallContext) async throws -> ReportedMetrics {
        try await self.report(request, of: context.peer.names)
    }

    /// Stores samples: all of them, or none if one is not what it should be.
    ///
    /// - Parameter peers: the names of the process; `nil` for this process itself.
    func report(
        _ request: ReportMetrics, of peers: Set<String>?, now: Date = Date()
    ) async throws -> ReportedMetrics {
        guard request.metrics.count <= ReportMetrics.metricLimit else {
            throw RPCError.invalid("metrics", "at most \(ReportMetrics.metricLimit).")
        }
        for metric in request.metrics { try MetricRules.check(metric, of: peers, now: now) }
        return try await self.store.store(request.metrics)
    }

    @Sendable
    func list(_ request: ListMetrics, _ context: CallContext) async throws -> MetricNameList {
        _ = try request.component.map { try MetricRules.name($0, "component") }
        _ = try request.prefix.map { try MetricRules.name($0, "prefix") }
        return MetricNameList(
            metrics: try await self.store.names(
                component: request.component, prefix: request.prefix,
                deadline: context.deadline))
    }

    @Sendable
    func query(_ request: QueryMetrics, _ context: CallContext) async throws -> MetricSeriesList {
        try MetricRules.check(request)
        let found = try await self.store.points(request, deadline: context.deadline)
        var series: [MetricSeries] = []
        var last: Int64?
        for point in found.prefix(QueryMetrics.pointLimit) {
            if point.seriesID != last {
                series.append(
                    MetricSeries(
                        name: request.name, component: point.component, unit: point.unit,
                        tags: point.tags, points: []))
                last = point.seriesID
            }
            series[series.count - 1].points.append(point.point)
        }
        return MetricSeriesList(
            series: series, isTruncated: found.count > QueryMetrics.pointLimit)
    }
}
