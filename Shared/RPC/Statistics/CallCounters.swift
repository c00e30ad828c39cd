import Locks

/// What one server counts of its calls.
final class CallCounters: Sendable {
    private let byMethod: [String: MethodCounters]
    private let unknown = Atomic<UInt64>(0)

    /// Makes counters for methods that are known; what a caller makes up never gets one of its own.
    init(methods: some Sequence<String>) {
        self.byMethod = Dictionary(
            methods.map { ($0, MethodCounters()) }, uniquingKeysWith: { first, _ in first })
    }

    subscript(method: String) -> MethodCounters? { self.byMethod[method] }

    /// Counts a call of a method that is not there.
    func countUnknownMethod() { self.unknown.wrappingAdd(1, ordering: .relaxed) }

    /// Calls of methods that are not there.
    var unknownMethodCalls: UInt64 { self.unknown.load(ordering: .relaxed) }

    /// The times of the calls of each method that was called.
    var histograms: [String: LatencyHistogram] { self.byMethod.compactMapValues(\.histogram) }

    /// What was counted so far, by name.
    var statistics: [MethodStatistics] {
        self.byMethod.map { $1.statistics(of: $0) }.sorted { $0.method < $1.method }
    }
}
