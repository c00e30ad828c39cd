import NIOCore
import Synchronization

/// What a process counts over all of its connections; read by health and statistics.
package final class ConnectionCounters: Sendable {
    /// Connections closed or calls refused, by reason.
    private let refusals = Mutex<[String: Int]>([:])

    /// Bounds what peers can make a process log.
    private let logGate = Mutex(RateGate(limit: 20, interval: .seconds(10)))

    package init() {}

    /// Counts one refusal.  Reasons are constants of this program, so their number is bounded.
    func refused(_ reason: String) { self.refusals.withLock { $0[reason, default: 0] += 1 } }

    /// Whether one more line may be logged about a refusal; all are counted.
    func isLogLineDue() -> Bool { self.logGate.withLock { $0.admit(now: .now()) } }

    /// How often each reason occurred.
    package var refusalsByReason: [String: Int] { self.refusals.withLock { $0 } }
}
