import Locks
import NIOCore

/// How the calls of one method ended and how long they took.
///
/// Counting a call is three relaxed atomic operations.
final class MethodCounters: Sendable {
    /// By code; 0 is success.
    private let outcomes: InlineArray<17, Atomic<UInt64>>
    /// Made with the first call, so that a method that nobody calls costs no memory.
    private let latency = AtomicLazyReference<LatencyCounters>()

    init() { self.outcomes = InlineArray { _ in Atomic(0) } }

    /// Counts a call that ends now.
    ///
    /// - Parameters:
    ///   - code: what it failed with; `nil` if it did not.
    ///   - start: when its request had arrived.
    func count(_ code: RPCErrorCode?, since start: NIODeadline) {
        let outcome = code.map {
            $0.isNamed ? Int($0.rawValue) : Int(RPCErrorCode.unknown.rawValue)
        }
        self.outcomes[outcome ?? 0].wrappingAdd(1, ordering: .relaxed)
        let latency = self.latency.load() ?? self.latency.storeIfNil(LatencyCounters())
        latency.record(UInt64(clamping: (NIODeadline.now() - start).nanoseconds))
    }

    /// The times that were counted so far; `nil` if nobody called.
    var histogram: LatencyHistogram? { self.latency.load()?.histogram }

    /// What was counted so far.
    func statistics(of method: String) -> MethodStatistics {
        let counts = self.outcomes.indices.map { self.outcomes[$0].load(ordering: .relaxed) }
        return MethodStatistics(
            method: method,
            calls: counts.reduce(0, +),
            errors: zip(counts, 0...).dropFirst().filter { $0.0 > 0 }.map { count, code in
                ErrorCount(code: "\(RPCErrorCode(rawValue: UInt8(code)))", count: count)
            },
            latencyMicroseconds: self.latency.load().flatMap { LatencyFigures($0.histogram) })
    }
}

extension RPCErrorCode {
    /// Whether it is one of the sixteen.
    fileprivate var isNamed: Bool { (1...16).contains(self.rawValue) }
}
