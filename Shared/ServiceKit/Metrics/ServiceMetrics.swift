internal import AuditAPI
internal import RPC

internal import struct FoundationEssentials.Date

/// What a service reports of itself for the time between two readings.
///
/// Counters tell what was added, and are left out where that is nothing; gauges tell what is.  The
/// names are part of what operators rely on, and so is the tag `instance` of each, by which the
/// values of several processes of a service are told apart:
///
/// | name | kind, unit | tags |
/// |---|---|---|
/// | `rpc.calls`, `rpc.errors` | counter | `method`; `code` |
/// | `rpc.latency_p50`, `_p90`, `_p99`, `_p999`, `_max` | gauge of the interval, us | `method` |
/// | `rpc.refusals` | counter | `reason` |
/// | `rpc.unknown_method_calls`, `rpc.connections_made` | counter | |
/// | `rpc.bytes_in`, `rpc.bytes_out` | counter, bytes | |
/// | `rpc.frames_in`, `rpc.frames_out` | counter | |
/// | `rpc.connections_open`, `rpc.streams_open` | gauge | |
/// | `process.resident_bytes`, `.anonymous_bytes`, `.peak_resident_bytes` | gauge, bytes | |
/// | `process.threads`, `process.open_files` | gauge | |
/// | `process.cpu_user`, `process.cpu_system` | counter, us | |
/// | `process.uptime` | gauge, s | |
/// | `database.is_down`, `.waiting_calls`, `.reads_in_flight` | gauge | |
/// | `database.pipelined_connections`, `.exclusive_connections`, `.idle_connections` | gauge | |
/// | `database.refused_calls`, `.expired_calls`, `.cancel_requests` | counter | |
/// | `database.connections_opened`, `.connections_failed`, `.connections_lost` | counter | |
/// | `audit.outbox_depth` | gauge | |
/// | `metrics.dropped` | counter | |
struct ServiceMetrics: Sendable {
    private(set) var metrics: [SystemMetric] = []
    private let component: String
    private let time: Date

    /// Compares two readings of one process.
    init(from old: MetricsReading, to new: MetricsReading, droppedCount: Int) {
        self.component = new.statistics.service
        self.time = new.time
        self.addCalls(old, new)
        self.addConnections(old.statistics, new.statistics)
        self.addProcess(old.statistics.process, new.statistics)
        if let database = new.statistics.database {
            self.addDatabase(old.statistics.database, database)
        }
        self.gauge("audit.outbox_depth", Double(new.outboxDepth))
        self.counter("metrics.dropped", 0, UInt64(clamping: droppedCount))
    }

    private mutating func addCalls(_ old: MetricsReading, _ new: MetricsReading) {
        let before = Dictionary(
            old.statistics.methods.map { ($0.method, $0) }, uniquingKeysWith: { $1 })
        for method in new.statistics.methods {
            let known = before[method.method]
            let tags = ["method": method.method]
            self.counter("rpc.calls", known?.calls ?? 0, method.calls, tags: tags)
            for error in method.errors {
                let count = known?.errors.first { $0.code == error.code }?.count ?? 0
                self.counter(
                    "rpc.errors", count, error.count,
                    tags: ["method": method.method, "code": error.code])
            }
            guard let latency = new.latencies[method.method],
                let figures = LatencyFigures(
                    latency.since(old.latencies[method.method] ?? LatencyHistogram()))
            else { continue }
            for (name, value) in [
                ("p50", figures.p50), ("p90", figures.p90), ("p99", figures.p99),
                ("p999", figures.p999), ("max", figures.max),
            ] { self.gauge("rpc.latency_\(name)", value, unit: "us", tags: tags) }
        }
        let refusals = Dictionary(
            old.statistics.refusals.map { ($0.reason, $0.count) }, uniquingKeysWith: { $1 })
        for refusal in new.statistics.refusals {
            self.counter(
                "rpc.refusals", refusals[refusal.reason, default: 0], refusal.count,
                tags: ["reason": refusal.reason])
        }
    }

    private mutating func addConnections(
        _ old: ReadStatistics.Reply, _ new: ReadStatistics.Reply
    ) {
        let (before, now) = (old.connections, new.connections)
        self.counter("rpc.unknown_method_calls", old.unknownMethodCalls, new.unknownMethodCalls)
        self.counter("rpc.connections_made", before.total, now.total)
        self.counter("rpc.bytes_in", before.bytesIn, now.bytesIn, unit: "bytes")
        self.counter("rpc.bytes_out", before.bytesOut, now.bytesOut, unit: "bytes")
        self.counter("rpc.frames_in", before.framesIn, now.framesIn)
        self.counter("rpc.frames_out", before.framesOut, now.framesOut)
        self.gauge("rpc.connections_open", Double(now.open))
        self.gauge("rpc.streams_open", Double(now.streamsOpen))
    }

    private mutating func addProcess(
        _ before: ProcessStatistics, _ new: ReadStatistics.Reply
    ) {
        let now = new.process
        self.gauge("process.resident_bytes", Double(now.residentBytes), unit: "bytes")
        self.gauge("process.anonymous_bytes", Double(now.anonymousBytes), unit: "bytes")
        self.gauge("process.peak_resident_bytes", Double(now.peakResidentBytes), unit: "bytes")
        self.gauge("process.threads", Double(now.threads))
        self.gauge("process.open_files", Double(now.openFiles))
        self.counter(
            "process.cpu_user", before.userMicroseconds, now.userMicroseconds, unit: "us")
        self.counter(
            "process.cpu_system", before.systemMicroseconds, now.systemMicroseconds, unit: "us")
        self.gauge("process.uptime", Double(new.uptimeMicroseconds) / 1_000_000, unit: "s")
    }

    /// Tells the samples from those of other instances of the service.
    mutating func tag(instance: String) {
        for index in self.metrics.indices { self.metrics[index].tags["instance"] = instance }
    }

    private mutating func addDatabase(_ before: DatabaseFigures?, _ now: DatabaseFigures) {
        self.gauge("database.is_down", now.isDown ? 1 : 0)
        self.gauge("database.pipelined_connections", Double(now.pipelinedConnections))
        self.gauge("database.exclusive_connections", Double(now.exclusiveConnections))
        self.gauge("database.idle_connections", Double(now.idleConnections))
        self.gauge("database.reads_in_flight", Double(now.readsInFlight))
        self.gauge("database.waiting_calls", Double(now.waitingCalls))
        for (name, old, new) in [
            ("refused_calls", before?.refusedCalls, now.refusedCalls),
            ("expired_calls", before?.expiredCalls, now.expiredCalls),
            ("connections_opened", before?.connectionsOpened, now.connectionsOpened),
            ("connections_failed", before?.connectionsFailed, now.connectionsFailed),
            ("connections_lost", before?.connectionsLost, now.connectionsLost),
            ("cancel_requests", before?.cancelRequests, now.cancelRequests),
        ] { self.counter("database.\(name)", old ?? 0, new) }
    }

    private mutating func gauge(
        _ name: String, _ value: Double, unit: String = "", tags: [String: String] = [:]
    ) {
        self.metrics.append(
            SystemMetric(
                name: name, value: value, unit: unit, component: self.component, tags: tags,
                createdAt: self.time))
    }

    /// Tells what a counter has gone up by, if it has.
    private mutating func counter(
        _ name: String, _ old: UInt64, _ new: UInt64, unit: String = "",
        tags: [String: String] = [:]
    ) {
        guard new > old else { return }
        self.gauge(name, Double(new - old), unit: unit, tags: tags)
    }
}
