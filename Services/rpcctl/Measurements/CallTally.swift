import Locks
import NIOCore
import RPC

/// What became of the calls of a measurement, counted by all of its tasks at the same time.
final class CallTally: Sendable {
    private let latency = LatencyCounters()
    private let succeeded = Atomic<UInt64>(0)
    private let failures = Mutex<[String: FailureCount]>([:])

    /// How often calls failed for one reason.
    struct FailureCount: Hashable, Sendable {
        var count: UInt64
        /// The first of them.
        var error: RPCError
    }

    /// Reasons beyond this many are counted together: a service may make up any number of them.
    private static let reasonLimit = 100

    /// Counts a call that was answered.
    func countSuccess(since start: NIODeadline) {
        self.succeeded.wrappingAdd(1, ordering: .relaxed)
        self.latency.record(UInt64(clamping: (NIODeadline.now() - start).nanoseconds))
    }

    /// Counts a call that failed.
    func count(_ error: RPCError) {
        self.failures.withLock { failures in
            let isNew = failures[error.reason] == nil
            let reason = isNew && failures.count >= Self.reasonLimit ? "others" : error.reason
            failures[reason, default: FailureCount(count: 0, error: error)].count += 1
        }
    }

    /// Calls that were answered so far.
    var successCount: UInt64 { self.succeeded.load(ordering: .relaxed) }

    /// How long those took.
    var histogram: LatencyHistogram { self.latency.histogram }

    /// What went wrong, most frequent first.
    var failureCounts: [(reason: String, failure: FailureCount)] {
        self.failures.withLock { failures in
            failures.map { (reason: $0.key, failure: $0.value) }
                .sorted { ($1.failure.count, $0.reason) < ($0.failure.count, $1.reason) }
        }
    }
}
