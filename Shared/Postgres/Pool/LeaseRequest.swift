internal import Synchronization

/// A caller that waits for a connection of its own.
final class LeaseRequest: Sendable {
    private struct State {
        var continuation: CheckedContinuation<Connection, any Error>?
        var isOver = false
    }

    let deadline: ContinuousClock.Instant?
    private let state = Mutex(State())

    init(deadline: ContinuousClock.Instant?) {
        self.deadline = deadline
    }

    /// Sets who waits; false when the caller has already given up.
    func setContinuation(_ continuation: CheckedContinuation<Connection, any Error>) -> Bool {
        self.state.withLock { state in
            guard !state.isOver else { return false }
            state.continuation = continuation
            return true
        }
    }

    /// Ends the waiting.
    ///
    /// - Returns: false when it was over already; a granted connection then has to go back.
    func finish(_ outcome: Result<Connection, any Error>) -> Bool {
        let continuation = self.state.withLock {
            state -> CheckedContinuation<Connection, any Error>?? in
            guard !state.isOver else { return nil }
            state.isOver = true
            defer { state.continuation = nil }
            return .some(state.continuation)
        }
        guard let continuation else { return false }
        continuation?.resume(with: outcome)
        return true
    }
}
