/// What came of a contest.
public struct Outcome: Encodable {
    /// One contender's times in nanoseconds.
    public struct Result: Encodable {
        /// As the contest has it.
        public var name: String
        /// The median of all rounds.
        public var median: Double
        /// The shortest.
        public var best: Double
        /// The longest.
        public var worst: Double

        init(name: String, samples: [Double]) {
            self.name = name
            self.median = samples.isEmpty ? 0 : samples[samples.count / 2]
            self.best = samples.first ?? 0
            self.worst = samples.last ?? 0
        }
    }

    /// What was measured.
    public var name: String
    /// In the order of the contenders; the first is ours.
    public var results: [Result]

    /// How many times the first contender's median goes into another's.
    public func ratio(of result: Result) -> Double {
        guard let first = self.results.first, first.median > 0 else { return 0 }
        return result.median / first.median
    }
}

extension [Outcome] {
    /// A row for each contest and contender: median, best and worst, and the ratio to ours.
    public var table: String {
        var rows = [["", "", "median ns", "best", "worst", "ratio"]]
        for outcome in self {
            for (index, result) in outcome.results.enumerated() {
                rows.append([
                    index == 0 ? outcome.name : "", result.name, Self.rounded(result.median),
                    Self.rounded(result.best), Self.rounded(result.worst),
                    Self.hundredths(outcome.ratio(of: result)),
                ])
            }
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            row.indices.map { column in
                let padding = String(repeating: " ", count: widths[column] - row[column].count)
                return column < 2 ? row[column] + padding : padding + row[column]
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }

    private static func rounded(_ number: Double) -> String { String(Int(number.rounded())) }

    private static func hundredths(_ number: Double) -> String {
        let hundredths = Int((number * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
