internal import Locks

/// A session outside any pool, on a thread of its own, for work that rarely happens.
enum OwnSession {
    /// Connects, runs `body` on the new thread and disconnects; cancelling the task cancels the
    /// statement that runs.
    static func run<Value: Sendable>(
        connectionString: String,
        applicationName: String,
        _ body: @escaping @Sendable (borrowing Handle) throws -> Value
    ) async throws -> Value {
        let shared = SharedCancellation()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isStarted = startThread(name: "pg-session") {
                    continuation.resume(
                        with: Result {
                            let handle = try Connector.connect(
                                connectionString: connectionString,
                                applicationName: applicationName,
                                timeout: .seconds(10)
                            )
                            try shared.begin(handle.makeCancelRequest())
                            let value = Result { try body(handle) }
                            if shared.end() {
                                throw CancellationError()
                            }
                            return try value.get()
                        }
                    )
                }
                if !isStarted {
                    continuation.resume(
                        throwing: DatabaseError.unavailable("the system refuses a thread")
                    )
                }
            }
        } onCancel: {
            shared.cancel()
        }
    }

    private final class SharedCancellation: Sendable {
        private struct State {
            var isCancelled = false
            var request: CancelRequest?
        }

        private let state = Mutex(State())

        func begin(_ request: CancelRequest?) throws {
            try self.state.withLock { state in
                if state.isCancelled {
                    throw CancellationError()
                }
                state.request = request
            }
        }

        /// Whether the task was cancelled meanwhile.
        func end() -> Bool {
            self.state.withLock { state in
                state.request = nil
                return state.isCancelled
            }
        }

        func cancel() {
            let request = self.state.withLock { state -> CancelRequest? in
                state.isCancelled = true
                return state.request
            }
            guard let request else { return }
            // Where no thread can be had the statement runs to its end.
            _ = HelperThreads.cancelling.run { request.send() }
        }
    }
}

/// Runs administrative SQL outside any pool.
package enum SQLScript {
    /// Runs statements one after the other; a script that is not inside `BEGIN` and `COMMIT` is
    /// one transaction, unless it is a single statement that must not be in one.
    ///
    /// - Throws: `DatabaseError` of the first statement that fails.
    package static func run(
        _ script: String,
        connectionString: String,
        applicationName: String = "steward-script"
    ) async throws {
        guard !script.utf8.contains(0) else {
            throw DatabaseError(code: .dataException, message: "the script contains U+0000")
        }
        try await OwnSession.run(
            connectionString: connectionString,
            applicationName: applicationName
        ) { handle in
            _ = try handle.executeScript(script)
        }
    }
}
