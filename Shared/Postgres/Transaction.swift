internal import Locks

/// An open transaction; used by one task at a time and only inside `Database.transaction`.
package final class Transaction: Sendable {
    private struct State {
        var hasBegun = false
        var isOver = false
        var isBusy = false
        /// The failure that has aborted the transaction.
        var failure: (any Error)?
    }

    private let connection: Connection
    private let opening: Segment.Opening
    private let deadline: ContinuousClock.Instant?
    private let statementTimeout: Duration
    private let state = Mutex(State())

    init(
        connection: Connection,
        opening: Segment.Opening,
        deadline: ContinuousClock.Instant?,
        statementTimeout: Duration
    ) {
        self.connection = connection
        self.opening = opening
        self.deadline = deadline
        self.statementTimeout = statementTimeout
    }

    /// Runs one statement and waits for its result.
    package func execute(_ sql: SQL) async throws -> QueryResult {
        try await self.batch([sql])[0]
    }

    /// Runs statements in order in one round trip.
    package func batch(_ statements: [SQL]) async throws -> [QueryResult] {
        try Task.checkCancellation()
        try Database.check(statements, deadline: self.deadline)
        guard !statements.isEmpty else { return [] }
        let isFirst = try self.begin()
        do {
            let results = try await self.send(
                statements,
                opening: isFirst ? self.opening : .none,
                isLast: false
            )
            self.state.withLock { $0.isBusy = false }
            return results.map(QueryResult.init(storage:))
        } catch {
            self.state.withLock { state in
                state.isBusy = false
                state.failure = state.failure ?? error
            }
            throw error
        }
    }

    /// Takes the transaction for one call; true for the first one.
    private func begin() throws -> Bool {
        try self.state.withLock { state in
            if let failure = state.failure {
                throw failure
            }
            guard !state.isOver, !state.isBusy else {
                throw DatabaseError(
                    code: .other,
                    message: state.isOver
                        ? "the transaction is over" : "the transaction is in use by another task"
                )
            }
            state.isBusy = true
            defer { state.hasBegun = true }
            return !state.hasBegun
        }
    }

    private func send(
        _ statements: [SQL],
        opening: Segment.Opening,
        isLast: Bool
    ) async throws -> [ResultStorage] {
        let segment = Segment(
            statements,
            opening: opening,
            changesData: isLast,
            keepsTransactionOpen: !isLast,
            deadline: self.deadline,
            statementTimeout: self.statementTimeout
        )
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard segment.setContinuation(continuation) else {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                self.connection.submit(segment, returnsConnection: false)
            }
        } onCancel: {
            let (isOpen, connection) = segment.cancel()
            if isOpen {
                connection?.cancel(segment, reason: .caller)
            }
        }
    }

    /// Ends the transaction and keeps its changes.
    func commit() async throws {
        let (hasBegun, failure) = self.end()
        guard hasBegun else { return }
        if let failure {
            await self.undo()
            throw failure
        }
        do {
            try Task.checkCancellation()
        } catch {
            await self.undo()
            throw error
        }
        let results: [ResultStorage]
        do {
            results = try await self.send(["COMMIT"], opening: .none, isLast: true)
        } catch {
            // Where COMMIT was never sent the transaction is still open; otherwise this does
            // nothing.
            await self.undo()
            throw error
        }
        guard results.first?.commandStatus == "COMMIT" else {
            throw DatabaseError(
                code: .transactionAborted,
                message: "the server has undone the transaction"
            )
        }
    }

    /// Ends the transaction and undoes its changes.
    func rollBack() async {
        if self.end().hasBegun {
            await self.undo()
        }
    }

    private func end() -> (hasBegun: Bool, failure: (any Error)?) {
        self.state.withLock { state in
            state.isOver = true
            return (state.hasBegun, state.failure)
        }
    }

    /// Sends ROLLBACK, in a cancelled task too, and waits for its end.
    private func undo() async {
        await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
            let segment = Segment(["ROLLBACK"], statementTimeout: self.statementTimeout) { _ in
                // Without success the connection is closed rather than used again.
                continuation.resume()
            }
            self.connection.submit(segment, returnsConnection: false)
        }
    }
}
