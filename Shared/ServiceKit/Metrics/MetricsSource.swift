internal import Locks
package import RPC

internal import struct FoundationEssentials.Date

/// Takes what a service knows of itself, one reading after the other.
package final class MetricsSource: Sendable {
    private let instance: String
    private let read: @Sendable () -> MetricsReading
    private let last: Mutex<MetricsReading>

    /// Reads a server and the outbox beside it.
    ///
    /// - Parameter instance: what tells this process from others of the same service.
    package convenience init(server: RPCServer, gauge: OutboxGauge, instance: String) {
        self.init(instance: instance) {
            MetricsReading(
                time: Date(), statistics: server.statistics, latencies: server.latencies,
                outboxDepth: gauge.depth)
        }
    }

    /// Reads by a closure; the first reading is what the next one is told from.
    init(instance: String, _ read: @escaping @Sendable () -> MetricsReading) {
        self.instance = Self.tag(instance)
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
        var metrics = ServiceMetrics(from: before, to: reading, droppedCount: droppedCount)
        metrics.tag(instance: self.instance)
        return metrics
    }

    /// A name as the log takes it in a tag: printable ASCII without quotes, of at most 100 bytes.
    private static func tag(_ name: String) -> String {
        String(
            name.unicodeScalars.prefix(100).map { scalar in
                (0x20..<0x7F).contains(scalar.value) && scalar != "\"" && scalar != "\\"
                    ? Character(scalar) : "_"
            })
    }
}

/// What a service knows of itself at one time.
struct MetricsReading: Sendable {
    let time: Date
    let statistics: ReadStatistics.Reply
    let latencies: [String: LatencyHistogram]
    let outboxDepth: Int
}
