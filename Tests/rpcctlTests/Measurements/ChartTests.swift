import RPC
import Testing

@testable import rpcctl

@Suite("Latencies in text")
struct ChartTests {
    private let chart = LatencyChart(style: .plain, columnCount: 80)

    private func histogram(_ times: [UInt64]) -> LatencyHistogram {
        var histogram = LatencyHistogram()
        for time in times { histogram.record(time) }
        return histogram
    }

    @Test("Every call is in exactly one row, and no row leaves a gap")
    func rows() {
        let times = (0..<1_000).map { UInt64($0 * $0 * 37) }
        let rows = LatencyChart.rows(self.histogram(times))
        #expect(rows.reduce(0) { $0 + $1.count } == 1_000)
        #expect(rows.first?.count != 0 && rows.last?.count != 0)
        for (row, next) in zip(rows, rows.dropFirst()) {
            #expect(next.bound > row.bound && next.bound <= row.bound * 2)
        }
    }

    @Test("The longest bar belongs to the row with the most calls")
    func bars() {
        let times = [UInt64](repeating: 90_000, count: 80) + [200_000, 200_000]
        let text = self.chart.text(self.histogram(times))
        let lines = text.split(separator: "\n")
        #expect(lines.first?.hasPrefix("  ≤ 100 µs  ████████") == true)
        #expect(lines.first?.hasSuffix(" 80") == true)
        #expect(
            lines.last?.hasPrefix("  ≤ 200 µs  █") == true && lines.last?.hasSuffix(" 2") == true)
    }

    @Test("Without calls there is no chart")
    func empty() { #expect(self.chart.text(LatencyHistogram()) == "") }

    @Test(
        "Large numbers are readable",
        arguments: [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")])
    func grouped(number: UInt64, text: String) { #expect(number.grouped == text) }

    @Test(
        "Bytes have the unit that fits",
        arguments: [
            (0, "0 B"), (1_023, "1023 B"), (1_024, "1 KiB"), (1_536, "1.5 KiB"),
            (12_582_912, "12 MiB"),
        ])
    func bytes(number: UInt64, text: String) { #expect(number.bytes == text) }
}
