import struct FoundationEssentials.Date
import struct FoundationEssentials.UUID

/// What a server is called, since when it runs, and where its connections count.
struct ServerFacts: Sendable {
    let service: String
    let build: String
    let instance = UUID()
    let counters: ConnectionCounters
    private let startedAt = Date()
    private let startedAtOnClock = ContinuousClock.now

    init(service: String, build: String, counters: ConnectionCounters) {
        self.service = service
        self.build = build
        self.counters = counters
    }

    /// Whole seconds since the start, whatever was done to the wall clock.
    var uptimeSeconds: Int64 { self.uptime.components.seconds }

    private var uptime: Duration { self.startedAtOnClock.duration(to: .now) }

    /// The answer of `rpc.Statistics`.
    func statistics(_ calls: CallCounters, database: DatabaseFigures?) -> ReadStatistics.Reply {
        ReadStatistics.Reply(
            service: self.service, build: self.build, instance: self.instance,
            startedAt: self.startedAt,
            uptimeMicroseconds: self.uptime.microseconds, process: .current,
            connections: self.counters.statistics, refusals: self.refusals,
            unknownMethodCalls: calls.unknownMethodCalls, methods: calls.statistics,
            database: database)
    }

    /// Every limit of the protocol, also where it was never reached, and what else occurred.
    private var refusals: [RefusalCount] {
        let counted = self.counters.refusalsByReason
        let others = counted.keys.filter { !Self.limits.contains($0) }.sorted()
        return (Self.limits + others).map {
            RefusalCount(reason: $0, count: counted[$0, default: 0])
        }
    }

    /// The reasons behind PROTOCOL.md's table of limits, in its order.
    private static let limits = [
        "handshake_timeout", "frame_timeout", "frame_too_large", "metadata_too_large",
        "message_too_large", "too_many_streams", "flow_control", "reassembly_budget",
        "enhance_calm", "too_many_connections", "too_many_connections_of_uid", "keepalive",
        "slow_peer",
    ]
}
