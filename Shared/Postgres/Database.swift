package import Logging

/// A PostgreSQL database, reached over a few shared connections.
///
/// Calls may be made from any task, before and while `run()` runs. Every statement is prepared once
/// per connection, carries its caller's identity and time limit, and is undone as a whole when it
/// fails. A result is given out only once the server has confirmed the end of its transaction.
///
/// All methods throw `DatabaseError`, and `CancellationError` when the calling task is cancelled.
package final class Database: Sendable {
    let pool: Pool

    package init(configuration: DatabaseConfiguration, logger: Logger) {
        self.pool = Pool(configuration: configuration, logger: logger)
    }

    deinit {
        self.pool.abandon()
    }

    /// Keeps connections up until the task is cancelled or the database closed, then lets calls on
    /// their way finish within the configured bound.
    package func run() async throws {
        try self.pool.start()
        await self.pool.waitForClosing()
        await self.pool.close()
    }

    /// Refuses new calls, lets those on their way finish within the configured bound, and closes.
    package func close() async {
        await self.pool.close()
    }

    /// What the pool has done and holds at this moment.
    package var statistics: DatabaseStatistics { self.pool.statistics }

    /// Runs one short statement that takes no row locks, in one round trip shared with others.
    ///
    /// A cancelled caller is released at once; its statement runs to its end.
    package func read(
        _ sql: SQL,
        as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> QueryResult {
        try await self.run([sql], as: identity, deadline: deadline, isShared: true)[0]
    }

    /// Runs statements in order as one transaction in one round trip on a connection of their own.
    ///
    /// A cancelled caller's statement is stopped within a second. `commitOutcomeUnknown` tells
    /// whether a failed write may have happened all the same.
    package func write(
        _ statements: SQL...,
        as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [QueryResult] {
        try await self.write(statements, as: identity, deadline: deadline)
    }

    /// Runs statements in order as one transaction in one round trip on a connection of their own.
    package func write(
        _ statements: [SQL],
        as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> [QueryResult] {
        try await self.run(statements, as: identity, deadline: deadline, changesData: true)
    }

    /// Runs one statement that may take long, on a connection of its own, so that it can be
    /// stopped and holds up nobody.
    package func query(
        _ sql: SQL,
        as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> QueryResult {
        try await self.run([sql], as: identity, deadline: deadline, changesData: true)[0]
    }

    /// Asks the server for an answer.
    package func ping(deadline: ContinuousClock.Instant? = nil) async throws {
        _ = try await self.read("SELECT 1", as: .nobody, deadline: deadline)
    }

    /// Follows a channel's notifications, over reconnects too.
    ///
    /// The stream begins with `.resumed` once listening is in effect, and repeats it after every
    /// interruption and whenever the consumer left too many unread. It ends with the database.
    package func listen(channel: String) -> AsyncStream<Notification> {
        self.pool.listen(channel: channel)
    }

    private func run(
        _ statements: [SQL],
        as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant?,
        isShared: Bool = false,
        changesData: Bool = false
    ) async throws -> [QueryResult] {
        try Self.check(statements, deadline: deadline)
        guard !statements.isEmpty else { return [] }
        let configuration = self.pool.configuration
        func attempt() async throws -> [QueryResult] {
            let segment = Segment(
                statements,
                opening: .identity(identity),
                isShared: isShared,
                changesData: changesData,
                deadline: deadline,
                statementTimeout: configuration.statementTimeout
            )
            return try await self.pool.run(segment).map(QueryResult.init(storage:))
        }
        do {
            return try await attempt()
        } catch let error as DatabaseError where error.isStaleStatement {
            // A migration changed what a prepared statement returns; everything was undone, and
            // the statement is prepared anew.
            return try await attempt()
        }
    }

    static func check(
        _ statements: [SQL],
        deadline: ContinuousClock.Instant?
    ) throws(DatabaseError) {
        for statement in statements {
            if let invalidValue = statement.invalidValue {
                throw .invalidValue(invalidValue)
            }
        }
        if let deadline, deadline <= .now {
            throw .deadlinePassed("before the call was sent")
        }
    }

    /// Runs `body` in one transaction on a connection of its own.
    ///
    /// When `body` throws, when a statement of it failed or when the task is cancelled, everything
    /// is undone. `body` runs again, from the start, up to `retrying` times after a serialization
    /// failure or deadlock.
    package func transaction<T: Sendable>(
        as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant? = nil,
        isolation: TransactionIsolation = .readCommitted,
        retrying: Int = 0,
        _ body: (Transaction) async throws -> T
    ) async throws -> T {
        var attempt = 0
        while true {
            do {
                return try await self.transactOnce(
                    as: identity,
                    deadline: deadline,
                    isolation: isolation,
                    body
                )
            } catch let error as DatabaseError
                where attempt < retrying && error.isTransactionRetryable
            {
                attempt += 1
                let delay = Duration.milliseconds(Int.random(in: 1...10 << min(attempt, 4)))
                try await Task.sleep(for: delay)
            }
        }
    }

    private func transactOnce<T: Sendable>(
        as identity: DatabaseIdentity,
        deadline: ContinuousClock.Instant?,
        isolation: TransactionIsolation,
        _ body: (Transaction) async throws -> T
    ) async throws -> T {
        try Self.check([], deadline: deadline)
        let connection = try await self.pool.lease(deadline: deadline)
        defer { connection.release() }
        let transaction = Transaction(
            connection: connection,
            opening: .transaction(identity, isolation),
            deadline: deadline,
            statementTimeout: self.pool.configuration.statementTimeout
        )
        let value: T
        do {
            value = try await body(transaction)
        } catch {
            await transaction.rollBack()
            throw error
        }
        try await transaction.commit()
        return value
    }
}

extension DatabaseError {
    /// Whether the same transaction may well succeed when run again at once.
    var isTransactionRetryable: Bool {
        self.code == .serializationFailure || self.code == .deadlock || self.isStaleStatement
    }
}
