internal import FoundationEssentials
internal import Locks

/// What is sent between two syncs: statements that succeed or fail together.
///
/// A segment is finished exactly once, by its connection, by its caller's cancellation or because
/// its time was up before it was sent.
final class Segment: Sendable {
    /// What goes before the caller's statements.
    enum Opening: Sendable {
        /// An implicit transaction with this identity, over at the sync.
        case identity(DatabaseIdentity)
        /// A transaction that stays open over several segments.
        case transaction(DatabaseIdentity, TransactionIsolation)
        /// The segment belongs to an open transaction, or needs no identity.
        case none
    }

    typealias Outcome = Result<[ResultStorage], any Error>

    private enum Completion {
        case continuation(CheckedContinuation<[ResultStorage], any Error>)
        case callback(@Sendable (Outcome) -> Void)
    }

    private struct State {
        var completion: Completion?
        /// The caller gave up, perhaps before there was anything to wait for.
        var isCancelled = false
        var isFinished = false
        /// Where it was sent.
        var connection: Connection?
    }

    let statements: [SQL]
    let opening: Opening
    /// Whether it shares a pipelined connection with others.
    let isShared: Bool
    /// Whether a lost answer leaves open whether something was changed.
    let changesData: Bool
    /// Whether it is a step of a transaction that goes on after it.
    let keepsTransactionOpen: Bool
    let deadline: ContinuousClock.Instant?
    let statementTimeout: Duration
    private let state: Mutex<State>

    init(
        _ statements: [SQL],
        opening: Opening,
        isShared: Bool = false,
        changesData: Bool,
        keepsTransactionOpen: Bool = false,
        deadline: ContinuousClock.Instant?,
        statementTimeout: Duration
    ) {
        self.statements = statements
        self.opening = opening
        self.isShared = isShared
        self.changesData = changesData
        self.keepsTransactionOpen = keepsTransactionOpen
        self.deadline = deadline
        self.statementTimeout = statementTimeout
        self.state = Mutex(State())
    }

    /// A segment whose outcome is told to `callback`, on whichever thread comes to know it.
    init(
        _ statements: [SQL],
        opening: Opening = .none,
        isShared: Bool = false,
        deadline: ContinuousClock.Instant? = nil,
        statementTimeout: Duration,
        callback: @escaping @Sendable (Outcome) -> Void
    ) {
        self.statements = statements
        self.opening = opening
        self.isShared = isShared
        self.changesData = false
        self.keepsTransactionOpen = false
        self.deadline = deadline
        self.statementTimeout = statementTimeout
        self.state = Mutex(State(completion: .callback(callback)))
    }

    /// Sets who waits.
    ///
    /// - Returns: false when the caller has already given up.
    func setContinuation(
        _ continuation: CheckedContinuation<[ResultStorage], any Error>
    ) -> Bool {
        self.state.withLock { state in
            guard !state.isCancelled else { return false }
            state.completion = .continuation(continuation)
            return true
        }
    }

    /// Notes that it goes out on `connection`.
    ///
    /// - Returns: false when nobody waits for it any more.
    func beginSending(on connection: Connection) -> Bool {
        self.state.withLock { state in
            guard !state.isCancelled, !state.isFinished else { return false }
            state.connection = connection
            return true
        }
    }

    /// Notes that the caller gave up.
    ///
    /// - Returns: whether the segment still needs to be stopped, and where it was sent.
    func cancel() -> (isOpen: Bool, connection: Connection?) {
        self.state.withLock { state in
            guard !state.isFinished, !state.isCancelled else { return (false, nil) }
            state.isCancelled = true
            return (true, state.connection)
        }
    }

    /// Tells the waiting caller, unless that has been done.
    func finish(_ outcome: Outcome) {
        let completion = self.state.withLock { state -> Completion? in
            guard !state.isFinished else { return nil }
            state.isFinished = true
            state.connection = nil
            defer { state.completion = nil }
            return state.completion
        }
        switch completion {
        case .continuation(let continuation): continuation.resume(with: outcome)
        case .callback(let callback): callback(outcome)
        case nil: break
        }
    }

    /// What has to be set before its statements, for a time limit; `nil` for nothing.
    ///
    /// A limit near the session's own is left to that: nobody waits for the answer by then, and the
    /// server stops the statement soon after.
    func identityStatement(_ identity: DatabaseIdentity, timeLimit: Duration) -> SQL? {
        .identity(
            identity,
            statementTimeout: timeLimit < self.statementTimeout * Self.ownLimitShare
                ? timeLimit : nil
        )
    }

    /// Whether its time limit is too short to be left to the session's.
    func hasOwnTimeLimit(_ now: ContinuousClock.Instant) -> Bool {
        self.remainingTime(now) < self.statementTimeout * Self.ownLimitShare
    }

    /// The share of the session's time limit from which on that one serves.
    private static let ownLimitShare = 0.9

    /// The time one statement may take when sent now: to the deadline at most.
    func remainingTime(_ now: ContinuousClock.Instant) -> Duration {
        guard let deadline = self.deadline else { return self.statementTimeout }
        return min(self.statementTimeout, now.duration(to: deadline))
    }
}

/// How far a transaction is shielded from others.
package enum TransactionIsolation: Sendable {
    case readCommitted
    case repeatableRead
    case serializable

    var begin: SQL {
        switch self {
        case .readCommitted: "BEGIN ISOLATION LEVEL READ COMMITTED"
        case .repeatableRead: "BEGIN ISOLATION LEVEL REPEATABLE READ"
        case .serializable: "BEGIN ISOLATION LEVEL SERIALIZABLE"
        }
    }
}

extension SQL {
    /// Sets identity and time limit until the transaction ends; `nil` where neither is to be set.
    ///
    /// What is not set has its session's value: nobody, no purpose, the pool's time limit.
    static func identity(_ identity: DatabaseIdentity, statementTimeout: Duration?) -> SQL? {
        let timeout = statementTimeout.map { String($0.milliseconds(atMost: 86_400_000)) }
        var sql: SQL
        switch (identity, timeout) {
        case (.nobody, nil): return nil
        case (.nobody, _?): sql = Self.timeoutTemplate
        case (.person, nil): sql = Self.personTemplate
        case (.person, _?): sql = Self.personAndTimeoutTemplate
        case (.purpose, nil): sql = Self.purposeTemplate
        case (.purpose, _?): sql = Self.purposeAndTimeoutTemplate
        }
        sql.reserveCapacity(2, byteCount: 48)
        switch identity {
        case .person(let identifier): sql.bindInTemplate(identifier.uuidString.lowercased())
        case .purpose(let name): sql.bindInTemplate(name)
        case .nobody: break
        }
        if let timeout {
            sql.bindInTemplate(timeout)
        }
        return sql
    }

    private static let timeoutTemplate: SQL = "SELECT set_config('statement_timeout', $1, true)"
    private static let personTemplate: SQL = "SELECT set_config('steward.user_id', $1, true)"
    private static let personAndTimeoutTemplate: SQL = """
        SELECT set_config('steward.user_id', $1, true), set_config('statement_timeout', $2, true)
        """
    private static let purposeTemplate: SQL = "SELECT set_config('steward.purpose', $1, true)"
    private static let purposeAndTimeoutTemplate: SQL = """
        SELECT set_config('steward.purpose', $1, true), set_config('statement_timeout', $2, true)
        """
}
