package import FoundationEssentials
internal import Locks

/// Rows by key: what callers ask for on one person's behalf at about the same time is read by one
/// statement.
///
/// A look-up leaves at once, with those that begin in the same turn of the caller's executor, while
/// few of its person's are on their way.  Those that come later wait for the next answer and then
/// leave together, so that the busier a service is, the less of the database each of them costs.
package final class RowLookup: Sendable {
    /// Makes the statement that reads the rows with some keys, on a person's behalf.
    package typealias Statement = @Sendable (_ keys: [UUID], _ person: UUID) -> SQL

    /// Keys of one statement at most.
    static let maximumKeyCount = 64

    private struct Call {
        let key: UUID
        let pending: PendingCall<Row?>

        func isLate(_ now: ContinuousClock.Instant) -> Bool {
            guard let deadline = self.pending.deadline else { return false }
            return deadline <= now
        }
    }

    /// The look-ups of one person.
    private struct Line {
        /// Statements on their way, or about to be sent.
        var departureCount = 0
        var waiting: [Call] = []
    }

    private let pool: Pool
    /// Statements that one person has on their way at most: one for each shared connection.
    private let maximumDepartureCount: Int
    private let keyColumn: String
    private let statement: Statement
    private let lines = Mutex<[UUID: Line]>([:])

    /// Makes a look-up.
    ///
    /// - Parameters:
    ///   - keyColumn: the column of the statement's rows that holds the key, by which no two rows
    ///     are alike.
    ///   - statement: reads the rows with the keys given, in any order.
    package init(_ database: Database, keyColumn: String, statement: @escaping Statement) {
        self.pool = database.pool
        self.maximumDepartureCount = max(1, database.pool.configuration.pipelinedConnections)
        self.keyColumn = keyColumn
        self.statement = statement
    }

    /// The row with a key; `nil` where there is none that the person may see.
    ///
    /// A cancelled caller is released at once; others' rows come all the same.
    ///
    /// - Parameter deadline: is looked at when the next statement leaves: who is late by then is
    ///   refused.  What was sent runs to the latest deadline of those who share it.  Cancel the
    ///   task to give up sooner, as the end of a call's time does.
    /// - Throws: `DatabaseError`, and `CancellationError` when the task is cancelled.
    package func row(
        for key: UUID,
        as person: UUID,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> Row? {
        let pending = PendingCall<Row?>(deadline: deadline)
        if self.join(Call(key: key, pending: pending), of: person) {
            // Others whose requests were read in the same turn come along.
            await Task.yield()
            self.departNext(of: person)
        }
        return try await pending.wait()
    }

    /// Statements on their way for a person, and callers who wait for the next one.
    func counts(of person: UUID) -> (sent: Int, waiting: Int) {
        self.lines.withLock { ($0[person]?.departureCount ?? 0, $0[person]?.waiting.count ?? 0) }
    }

    /// Takes a place in the line.
    ///
    /// - Returns: whether the caller is to let the line depart.
    private func join(_ call: Call, of person: UUID) -> Bool {
        let configuration = self.pool.configuration
        let (leads, refusal) = self.lines.withLock { lines -> (Bool, DatabaseError?) in
            var waitingCount = lines[person, default: Line()].waiting.count
            if waitingCount >= configuration.maximumWaitingCalls {
                lines[person, default: Line()].waiting.removeAll(where: \.pending.isOver)
                waitingCount = lines[person, default: Line()].waiting.count
            }
            guard waitingCount < configuration.maximumWaitingCalls else {
                return (false, .queueFull(waitingCount))
            }
            lines[person, default: Line()].waiting.append(call)
            guard lines[person, default: Line()].departureCount < self.maximumDepartureCount
            else { return (false, nil) }
            lines[person, default: Line()].departureCount += 1
            return (true, nil)
        }
        if let refusal {
            self.pool.countRefusal()
            call.pending.finish(.failure(refusal))
        }
        return leads
    }

    /// Sends what waits, in place of a statement that has arrived or was announced.
    private func departNext(of person: UUID) {
        let next = self.takeWaiting(of: person)
        if !next.isEmpty {
            self.send(next, of: person)
        }
    }

    /// Sends one statement for all of these.
    private func send(_ calls: [Call], of person: UUID, isRepetition: Bool = false) {
        var keys = Set<UUID>(minimumCapacity: calls.count)
        var deadline = calls.first?.pending.deadline
        for call in calls {
            keys.insert(call.key)
            // One without a deadline lets the statement have all its time.
            guard let latest = deadline, let own = call.pending.deadline else {
                deadline = nil
                continue
            }
            deadline = max(latest, own)
        }
        let sql = self.statement(Array(keys), person)
        do {
            try Database.check([sql], deadline: nil)
            try self.pool.start()
        } catch {
            return self.arrived(.failure(error), for: calls, of: person)
        }
        let segment = Segment(
            [sql],
            opening: .identity(.person(person)),
            isShared: true,
            deadline: deadline,
            statementTimeout: self.pool.configuration.statementTimeout
        ) { outcome in
            if !isRepetition, case .failure(let error as DatabaseError) = outcome,
                error.isStaleStatement
            {
                // A migration changed what the statement returns; it is prepared anew.
                return self.send(calls, of: person, isRepetition: true)
            }
            self.arrived(outcome, for: calls, of: person)
        }
        self.pool.submit(segment)
    }

    /// Lets those who wait leave, and gives out what has come.
    private func arrived(_ outcome: Segment.Outcome, for calls: [Call], of person: UUID) {
        self.departNext(of: person)
        do {
            let rows = try self.rowsByKey(QueryResult(storage: outcome.get()[0]))
            for call in calls {
                call.pending.finish(.success(rows[call.key]))
            }
        } catch {
            for call in calls {
                call.pending.finish(.failure(error))
            }
        }
    }

    private func rowsByKey(_ result: QueryResult) throws -> [UUID: Row] {
        var rows: [UUID: Row] = [:]
        rows.reserveCapacity(result.rows.count)
        for row in result.rows {
            rows[try row.get(self.keyColumn)] = row
        }
        return rows
    }

    /// Those who leave next; where nobody waits, the departure is given up.
    private func takeWaiting(of person: UUID) -> [Call] {
        let now = ContinuousClock.now
        let (next, late) = self.lines.withLock { lines -> (next: [Call], late: [Call]) in
            guard var line = lines.removeValue(forKey: person) else { return ([], []) }
            var (next, late, rest) = ([Call](), [Call](), [Call]())
            next.reserveCapacity(min(line.waiting.count, Self.maximumKeyCount))
            for call in line.waiting where !call.pending.isOver {
                if call.isLate(now) {
                    late.append(call)
                } else if next.count < Self.maximumKeyCount {
                    next.append(call)
                } else {
                    rest.append(call)
                }
            }
            line.waiting = rest
            if next.isEmpty {
                line.departureCount -= 1
            }
            if line.departureCount > 0 {
                lines[person] = line
            }
            return (next, late)
        }
        for call in late {
            call.pending.finish(.failure(DatabaseError.deadlinePassed("before the call was sent")))
        }
        return next
    }
}
