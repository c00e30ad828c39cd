/// A transaction that was sent and whose sync has not come back.
struct InFlight {
    /// What the server answers in order before the sync.
    enum Step {
        case prepare(StatementCache.Statement)
        /// The result belongs to a member; `nil` where nobody wants it.
        case execute(StatementCache.Statement, member: Int?)
        case deallocate
    }

    enum CancelReason {
        case caller
        case deadline
    }

    /// A segment that travels in the transaction.
    struct Member {
        let segment: Segment
        /// When the caller's time is up.
        let expiresAt: ContinuousClock.Instant
        var results: [ResultStorage] = []
        /// Whether the caller was told that the time is up.
        var isAbandoned = false
    }

    /// One, or several reads on one person's behalf; none for upkeep of the connection's own.
    var members: [Member]
    let steps: [Step]
    /// Place in the connection's order of sending.
    let number: UInt64
    let sentAt: ContinuousClock.Instant
    let timeLimit: Duration
    var position = 0
    var error: DatabaseError?
    /// Whose statement failed; `nil` while none did, and for what no member sent.
    var failedMember: Int?
    var cancelReason: CancelReason?
    /// Ends of results seen where none was due; more than one means that order was lost.
    var surplusEndCount = 0

    init(
        members: [Member],
        steps: [Step],
        number: UInt64,
        sentAt: ContinuousClock.Instant,
        timeLimit: Duration
    ) {
        self.members = members
        self.steps = steps
        self.number = number
        self.sentAt = sentAt
        self.timeLimit = timeLimit
    }

    var currentStep: Step? {
        self.position < self.steps.count ? self.steps[self.position] : nil
    }

    /// Notes the first failure.
    mutating func fail(_ error: DatabaseError?) {
        guard self.error == nil, let error else { return }
        self.error = error
        if case .execute(_, let member) = self.currentStep {
            self.failedMember = member
        }
    }

    /// Whether a member is to be run again alone: another's failure has undone the transaction.
    func isInnocent(_ member: Int) -> Bool {
        self.error != nil && self.members.count > 1 && member != self.failedMember
    }

    /// What a member's caller is told once the sync has come back.
    func outcome(of member: Int, now: ContinuousClock.Instant) -> Segment.Outcome {
        guard var error = self.error else { return .success(self.members[member].results) }
        guard error.sqlState == "57014" else { return .failure(error) }
        switch self.cancelReason {
        case .caller:
            return .failure(CancellationError())
        case .deadline:
            error.code = .statementTimeout
            error.message = "the deadline passed while the statement ran"
        case nil:
            // The server has one SQLSTATE for time-outs and for an operator's cancel request.
            if self.sentAt.duration(to: now) >= self.timeLimit {
                error.code = .statementTimeout
            }
        }
        return .failure(error)
    }

    /// What a member's caller is told when the connection broke first.
    func lostOutcome(
        of member: Int,
        _ failure: DatabaseError,
        wasFlushed: Bool
    ) -> Segment.Outcome {
        let outcomeUnknown =
            self.members[member].segment.changesData && wasFlushed && self.error == nil
        if !outcomeUnknown, self.cancelReason == .caller {
            return .failure(CancellationError())
        }
        var error = failure
        error.commitOutcomeUnknown = outcomeUnknown
        if self.cancelReason == .deadline {
            error.code = .statementTimeout
        }
        return .failure(error)
    }
}
