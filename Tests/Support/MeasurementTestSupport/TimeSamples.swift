import Foundation

/// Times that were measured, and what statistics says of them.
package struct TimeSamples: Sendable {
    private var samples: [Duration] = []

    /// No samples yet.
    package init() {}

    /// How many there are.
    package var count: Int { self.samples.count }

    /// The middle one; zero while there is none.
    package var median: Duration { self.percentile(0.5) }

    /// The one that a part of all are below; zero while there is none.
    ///
    /// - Parameter part: from 0 to 1.
    package func percentile(_ part: Double) -> Duration {
        guard !self.samples.isEmpty else { return .zero }
        let index = Int(Double(self.samples.count) * part)
        return self.samples.sorted()[min(self.samples.count - 1, index)]
    }

    /// Takes one more.
    package mutating func append(_ sample: Duration) { self.samples.append(sample) }

    /// Takes those of another.
    package mutating func append(contentsOf other: Self) { self.samples += other.samples }

    /// How probable so large a difference of ranks is if both have one distribution: the two-sided
    /// Mann–Whitney test, by the normal approximation.
    ///
    /// - Returns: from 0 to 1.
    package func mannWhitney(against other: Self) -> Double {
        let ranked = (self.samples.map { ($0, true) } + other.samples.map { ($0, false) })
            .sorted { $0.0 < $1.0 }
        let rankSum = ranked.enumerated().reduce(0.0) { sum, entry in
            entry.element.1 ? sum + Double(entry.offset + 1) : sum
        }
        let (m, n) = (Double(self.count), Double(other.count))
        let statistic = rankSum - m * (m + 1) / 2
        let deviation = (m * n * (m + n + 1) / 12).squareRoot()
        return erfc(abs(statistic - m * n / 2) / deviation / 2.0.squareRoot())
    }
}
