import Synchronization

/// What a process counts over all of its connections; read by health and statistics.
package final class ConnectionCounters: Sendable {
    /// Connections closed or calls refused, by reason.
    private let refusals = Mutex<[String: Int]>([:])

    package init() {}

    /// Counts one refusal.  Reasons are constants of this program, so their number is bounded.
    func refused(_ reason: String) { self.refusals.withLock { $0[reason, default: 0] += 1 } }

    /// How often each reason occurred.
    package var refusalsByReason: [String: Int] { self.refusals.withLock { $0 } }
}
