/// Latencies counted by size, to tell percentiles from.
package struct LatencyHistogram: Hashable, Sendable {
    /// How many times were counted, by ``LatencyScale``'s buckets.
    package private(set) var counts: [UInt64]
    /// How many times were counted in all.
    package private(set) var count: UInt64
    /// The longest time in nanoseconds; 0 if there is none.
    package private(set) var largest: UInt64

    /// Makes an empty histogram.
    package init() {
        self.init(
            counts: [UInt64](repeating: 0, count: LatencyScale.bucketCount), largest: 0)
    }

    init(counts: [UInt64], largest: UInt64) {
        self.counts = counts
        self.count = counts.reduce(0, +)
        self.largest = largest
    }

    /// Counts a time.
    package mutating func record(_ nanoseconds: UInt64) {
        self.counts[LatencyScale.bucket(of: nanoseconds)] += 1
        self.count += 1
        self.largest = max(self.largest, nanoseconds)
    }

    /// What was counted since an earlier state of the same histogram; its longest time is told to
    /// the width of a bucket.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        let counts = zip(self.counts, earlier.counts).map { $0 >= $1 ? $0 - $1 : 0 }
        let last = counts.lastIndex { $0 > 0 }
        return LatencyHistogram(
            counts: counts,
            largest: last.map { min(LatencyScale.upperBound(of: $0), self.largest) } ?? 0)
    }

    /// A time in nanoseconds that at least this share of all times do not exceed; 0 if there is
    /// none.
    ///
    /// - Parameter quantile: 0.5 for the median.
    package func value(at quantile: Double) -> UInt64 {
        let rank = max(1, UInt64((Double(self.count) * min(max(quantile, 0), 1)).rounded(.up)))
        var seen: UInt64 = 0
        for (bucket, count) in self.counts.enumerated() where count > 0 {
            seen += count
            if seen >= rank { return min(LatencyScale.upperBound(of: bucket), self.largest) }
        }
        return self.largest
    }
}

extension LatencyFigures {
    /// The percentiles of a histogram; `nil` if nothing was counted.
    package init?(_ histogram: LatencyHistogram) {
        guard histogram.count > 0 else { return nil }
        func microseconds(_ nanoseconds: UInt64) -> Double { Double(nanoseconds / 10) / 100 }
        self.init(
            p50: microseconds(histogram.value(at: 0.5)),
            p90: microseconds(histogram.value(at: 0.9)),
            p99: microseconds(histogram.value(at: 0.99)),
            p999: microseconds(histogram.value(at: 0.999)),
            max: microseconds(histogram.largest))
    }
}
