internal import AuditAPI

/// Samples that wait to be reported: bounded, the oldest go first.
struct MetricsBuffer: Sendable {
    /// Samples that may wait; protects the process's memory while the log is away.
    static let sampleLimit = 20_000

    private var samples: [SystemMetric] = []
    /// Samples that were dropped and not told of yet.
    private var droppedCount = 0
    private let limit: Int

    /// Makes an empty buffer.
    init(limit: Int = Self.sampleLimit) { self.limit = limit }

    /// How many wait.
    var count: Int { self.samples.count }

    /// Adds samples.
    mutating func append(_ new: [SystemMetric]) {
        self.samples += new
        self.drop(self.samples.count - self.limit)
    }

    /// The next samples to report.
    var batch: [SystemMetric] { Array(self.samples.prefix(ReportMetrics.metricLimit)) }

    /// Forgets samples that were reported.
    mutating func remove(_ count: Int) { self.samples.removeFirst(min(count, self.count)) }

    /// Gives up the next samples.
    mutating func drop(_ count: Int) {
        guard count > 0 else { return }
        let dropped = min(count, self.count)
        self.samples.removeFirst(dropped)
        self.droppedCount += dropped
    }

    /// Counts samples that the log has left out.
    mutating func countDropped(_ count: Int) { self.droppedCount += max(0, count) }

    /// How many samples were dropped since this was last asked.
    mutating func takeDroppedCount() -> Int {
        defer { self.droppedCount = 0 }
        return self.droppedCount
    }
}
