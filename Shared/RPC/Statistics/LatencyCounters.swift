internal import Locks

/// A ``LatencyHistogram`` that any number of tasks count into at the same time, each with two
/// relaxed atomic operations.
package final class LatencyCounters: Sendable {
    /// As many as ``LatencyScale/bucketCount``; a test compares the two.
    private let buckets: InlineArray<2_432, Atomic<UInt64>>
    private let largest = Atomic<UInt64>(0)

    /// Makes counters that all stand at 0.
    package init() { self.buckets = InlineArray { _ in Atomic(0) } }

    /// Counts a time.
    package func record(_ nanoseconds: UInt64) {
        self.buckets[LatencyScale.bucket(of: nanoseconds)].wrappingAdd(1, ordering: .relaxed)
        if nanoseconds > self.largest.load(ordering: .relaxed) {
            self.largest.max(nanoseconds, ordering: .relaxed)
        }
    }

    /// What was counted so far; times that are counted meanwhile may be missing.
    package var histogram: LatencyHistogram {
        LatencyHistogram(
            counts: self.buckets.indices.map { self.buckets[$0].load(ordering: .relaxed) },
            largest: self.largest.load(ordering: .relaxed))
    }
}
