import RPC
import Wire

/// What a measurement found.
struct CallMeasurement: Sendable {
    /// How long it took, from the first call to the end of the last.
    let seconds: Double
    /// Calls that were answered without an error.
    let calls: UInt64
    /// In an open loop: calls that were due and never made.
    let unsent: UInt64?
    /// What went wrong, most frequent first.
    let failures: [(reason: String, failure: CallTally.FailureCount)]
    /// How long the calls took that were answered.
    let histogram: LatencyHistogram

    var callsPerSecond: Double { self.seconds > 0 ? Double(self.calls) / self.seconds : 0 }

    var errorCount: UInt64 { self.failures.reduce(0) { $0 + $1.failure.count } }

    /// The result for programs.
    func value(_ plan: [(String, CBORValue)]) -> CBORValue {
        let latency = LatencyFigures(self.histogram)
        var fields = plan
        fields += [
            ("seconds", .float(self.seconds.rounded(toPlaces: 3))),
            ("calls", .unsigned(self.calls)),
            ("calls_per_second", .float(self.callsPerSecond.rounded(toPlaces: 1))),
            ("errors", .unsigned(self.errorCount)),
            (
                "errors_by_reason",
                .object(self.failures.map { ($0.reason, .unsigned($0.failure.count)) })
            ),
        ]
        if let unsent { fields.append(("unsent", .unsigned(unsent))) }
        fields.append(
            (
                "latency_us",
                latency.map { figures in
                    .object(figures.named.map { ($0.name, .float($0.microseconds)) })
                } ?? .null
            ))
        return .object(fields)
    }
}

extension LatencyFigures {
    /// The figures with the names they have in JSON.
    var named: [(name: String, microseconds: Double)] {
        [
            ("p50", self.p50), ("p90", self.p90), ("p99", self.p99), ("p999", self.p999),
            ("max", self.max),
        ]
    }
}

extension Double {
    fileprivate func rounded(toPlaces places: Int) -> Double {
        let factor = (0..<places).reduce(1.0) { factor, _ in factor * 10 }
        return (self * factor).rounded() / factor
    }
}
