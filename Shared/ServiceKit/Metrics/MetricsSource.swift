internal import Locks
package import RPC

internal import struct FoundationEssentials.Date

/// Takes what a service knows of itself, one reading after the other.
package final class MetricsSource: Sendable {
    private let read: @Sendable () -> MetricsReading
    private let last: Mutex<MetricsReading>

    /// Reads a server and the outbox beside it.
    package convenience init(server: RPCServer, gauge: OutboxGauge) {
        self.init {
            MetricsReading(
                time: Date(), statistics: server.statistics, latencies: server.latencies,
                outboxDepth: gauge.depth)
        }
    }

    /// Reads by a closure; the first reading is what the next one is told from.
    init(_ read: @escaping @Sendable () -> MetricsReading) {
        self.read = read
        self.last = Mutex(read())
    }

    /// What has happened since the last time.
    ///
    /// - Parameter droppedCount: samples that could not be kept in between.
    func next(droppedCount: Int) -> ServiceMetrics {
        let reading = self.read()
        let before = self.last.withLock { last in
            defer { last = reading }
            return last
        }
        return ServiceMetrics(from: before, to: reading, droppedCount: droppedCount)
    }
}

/// What a service knows of itself at one time.
struct MetricsReading: Sendable {
    let time: Date
    let statistics: ReadStatistics.Reply
    let latencies: [String: LatencyHistogram]
    let outboxDepth: Int
}
