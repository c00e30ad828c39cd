import Testing

@testable import RPC

@Suite("Latencies")
struct LatencyTests {
    private static let edges: [UInt64] = {
        var edges: [UInt64] = [0, 1, 63, 64, 65, 127, 128, 129, LatencyScale.largest]
        for power in 8..<43 {
            let value = UInt64(1) << UInt64(power)
            edges += [value - 1, value, value + 1]
        }
        return edges
    }()

    @Test("A time is counted as itself or as up to 1.6 % more", arguments: Self.edges)
    func precision(time: UInt64) {
        let counted = LatencyScale.upperBound(of: LatencyScale.bucket(of: time))
        #expect(counted >= time)
        #expect(Double(counted - time) <= Double(time) * 0.016)
        if time < 128 { #expect(counted == time) }
    }

    @Test("Every bucket is the one of its longest time, and the next begins right after it")
    func buckets() {
        for bucket in 0..<LatencyScale.bucketCount {
            let bound = LatencyScale.upperBound(of: bucket)
            #expect(LatencyScale.bucket(of: bound) == bucket)
            if bound < LatencyScale.largest {
                #expect(LatencyScale.bucket(of: bound + 1) == bucket + 1)
            }
        }
    }

    @Test("Times beyond the scale count as its end", arguments: [LatencyScale.largest + 1, .max])
    func tooLong(time: UInt64) {
        #expect(LatencyScale.bucket(of: time) == LatencyScale.bucketCount - 1)
        var histogram = LatencyHistogram()
        histogram.record(time)
        #expect(histogram.largest == time)
        #expect(histogram.value(at: 0.5) <= time)
    }

    @Test("Percentiles of 1 to 1,000 µs are what they are called, within the scale's precision")
    func percentiles() throws {
        var histogram = LatencyHistogram()
        for microseconds in (1...1_000).shuffled() {
            histogram.record(UInt64(microseconds) * 1_000)
        }
        let figures = try #require(LatencyFigures(histogram))
        for (found, expected) in [
            (figures.p50, 500.0), (figures.p90, 900), (figures.p99, 990), (figures.p999, 999),
        ] {
            #expect(found >= expected && found <= expected * 1.016)
        }
        #expect(figures.max == 1_000)
        #expect(histogram.value(at: 0) <= 1_016)
        #expect(histogram.value(at: 1) == 1_000_000)
    }

    @Test("No percentile is longer than the longest time")
    func bounded() {
        var histogram = LatencyHistogram()
        histogram.record(1_000_001)
        for quantile in [0, 0.5, 0.999, 1] { #expect(histogram.value(at: quantile) == 1_000_001) }
    }

    @Test("Without calls there are no percentiles")
    func empty() {
        #expect(LatencyFigures(LatencyHistogram()) == nil)
        #expect(LatencyHistogram().value(at: 0.5) == 0)
    }

    @Test("Nothing is lost when many tasks count at the same time")
    func concurrent() async {
        let counters = LatencyCounters()
        await withTaskGroup { group in
            for task in 1...8 {
                group.addTask {
                    for call in 1...5_000 { counters.record(UInt64(task * call)) }
                }
            }
        }
        #expect(counters.histogram.count == 40_000)
        #expect(counters.histogram.largest == 40_000)
        #expect(counters.histogram.counts.count == LatencyScale.bucketCount)
    }
}
