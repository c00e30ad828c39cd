import Synchronization

/// How many calls a server answered, and how.
package final class CallStatistics: Sendable {
    private let succeeded = Atomic<Int>(0)
    private let failures = Mutex<[RPCErrorCode: Int]>([:])

    init() {}

    func count(_ failure: RPCError?) {
        if let failure {
            self.failures.withLock { $0[failure.code, default: 0] += 1 }
        } else {
            self.succeeded.wrappingAdd(1, ordering: .relaxed)
        }
    }

    /// Calls answered without an error since the start.
    package var successCount: Int { self.succeeded.load(ordering: .relaxed) }

    /// Calls that ended in an error since the start, by code.
    package var failuresByCode: [RPCErrorCode: Int] { self.failures.withLock { $0 } }
}
