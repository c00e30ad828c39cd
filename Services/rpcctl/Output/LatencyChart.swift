import RPC

/// A histogram of latencies in text: a bar for each step of a 1–1.5–2–3–5–7 scale.
struct LatencyChart {
    let style: TextStyle
    let columnCount: Int

    private static let steps: [UInt64] = [10, 15, 20, 30, 50, 70]
    private static let longestBar = 40

    func text(_ histogram: LatencyHistogram) -> String {
        let rows = Self.rows(histogram)
        let largest = rows.map(\.count).max() ?? 0
        guard largest > 0 else { return "" }
        let bounds = rows.map { Duration.nanoseconds(Int64(clamping: $0.bound)).readable }
        let width = bounds.map(\.displayWidth).max() ?? 0
        let room = max(8, min(Self.longestBar, self.columnCount - width - 22))
        var text = ""
        for (row, bound) in zip(rows, bounds) {
            let eighths = Int((Double(row.count) / Double(largest) * Double(room * 8)).rounded(.up))
            let label = String(repeating: " ", count: width - bound.displayWidth) + bound
            text += "  " + self.style.dim("≤ ") + label + "  "
            text += self.style.accent(Self.bar(eighths))
            text += row.count == 0 ? "\n" : (eighths > 0 ? " " : "") + "\(row.count.grouped)\n"
        }
        return text
    }

    /// Counts by upper bound in nanoseconds, from the first that holds something to the last.
    static func rows(_ histogram: LatencyHistogram) -> [(bound: UInt64, count: UInt64)] {
        var rows: [(bound: UInt64, count: UInt64)] = []
        for (bucket, count) in histogram.counts.enumerated() where count > 0 {
            let value = bucket == 0 ? 0 : LatencyScale.upperBound(of: bucket - 1) + 1
            if rows.isEmpty { rows.append((Self.bound(holding: value), 0)) }
            while let last = rows.last, last.bound < value {
                rows.append((Self.bound(holding: last.bound + 1), 0))
            }
            rows[rows.count - 1].count += count
        }
        return rows
    }

    private static func bound(holding value: UInt64) -> UInt64 {
        var decade: UInt64 = 10
        while true {
            if let step = self.steps.first(where: { $0 * decade >= value }) {
                return step * decade
            }
            decade *= 10
        }
    }

    private static func bar(_ eighths: Int) -> String {
        let parts = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]
        return String(repeating: "█", count: eighths / 8) + parts[eighths % 8]
    }
}

extension UInt64 {
    /// With a comma between thousands, for people.
    var grouped: String {
        var digits = Array("\(self)")
        var position = digits.count - 3
        while position > 0 {
            digits.insert(",", at: position)
            position -= 3
        }
        return String(digits)
    }

    /// A number of bytes for people: `1.5 MiB`.
    var bytes: String {
        var value = Double(self)
        var units = ["B", "KiB", "MiB", "GiB", "TiB"][...]
        while value >= 1_024, units.count > 1 {
            value /= 1_024
            units = units.dropFirst()
        }
        let tenths = UInt64((value * 10).rounded())
        let number = tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
        return "\(number) \(units.first ?? "B")"
    }
}
