internal import Locks

/// A caller that waits: for a connection of its own, or for a row.
final class PendingCall<Value: Sendable>: Sendable {
    private enum State {
        /// Nobody waits yet.  Can go to `waiting` or `over`.
        case begun
        /// Can go to `over`.
        case waiting(CheckedContinuation<Value, any Error>)
        /// Terminal; with the outcome as long as nobody has taken it.
        case over(Result<Value, any Error>?)
    }

    let deadline: ContinuousClock.Instant?
    private let state = Mutex(State.begun)

    init(deadline: ContinuousClock.Instant?) {
        self.deadline = deadline
    }

    /// Whether the outcome is decided.
    var isOver: Bool {
        self.state.withLock { state in
            if case .over = state { true } else { false }
        }
    }

    /// Waits for the outcome, or until the task is cancelled; to be called once.
    ///
    /// - Parameter onCancel: is called once if cancellation is the outcome.
    func wait(onCancel: @Sendable () -> Void = {}) async throws -> Value {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let outcome = self.state.withLock { state -> Result<Value, any Error>? in
                    guard case .over(let outcome) = state else {
                        state = .waiting(continuation)
                        return nil
                    }
                    state = .over(nil)
                    return outcome
                }
                if let outcome { continuation.resume(with: outcome) }
            }
        } onCancel: {
            if self.finish(.failure(CancellationError())) {
                onCancel()
            }
        }
    }

    /// Decides the outcome.
    ///
    /// - Returns: false when it was decided before; a granted connection then has to go back.
    @discardableResult
    func finish(_ outcome: Result<Value, any Error>) -> Bool {
        let (isFirst, continuation) = self.state.withLock {
            state -> (Bool, CheckedContinuation<Value, any Error>?) in
            switch state {
            case .begun:
                state = .over(outcome)
                return (true, nil)
            case .waiting(let continuation):
                state = .over(nil)
                return (true, continuation)
            case .over:
                return (false, nil)
            }
        }
        continuation?.resume(with: outcome)
        return isFirst
    }
}

/// A caller that waits for a connection of its own.
typealias LeaseRequest = PendingCall<Connection>
