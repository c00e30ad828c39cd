/// A segment that was sent and whose sync has not come back.
struct InFlight {
    /// What the server answers in order before the sync.
    enum Step {
        case prepare(StatementCache.Statement)
        case execute(StatementCache.Statement, isCollected: Bool)
        case deallocate
    }

    enum CancelReason {
        case caller
        case deadline
    }

    /// `nil` for upkeep of the connection's own.
    let segment: Segment?
    let steps: [Step]
    /// Place in the connection's order of sending.
    let number: UInt64
    let sentAt: ContinuousClock.Instant
    let timeLimit: Duration
    /// When the caller's time is up.
    let expiresAt: ContinuousClock.Instant
    var position = 0
    var results: [ResultStorage] = []
    var error: DatabaseError?
    var cancelReason: CancelReason?
    /// Whether the caller was told that the time is up.
    var isAbandoned = false
    /// Ends of results seen where none was due; more than one means that order was lost.
    var surplusEndCount = 0

    var currentStep: Step? {
        self.position < self.steps.count ? self.steps[self.position] : nil
    }

    /// What the caller is told once the sync has come back.
    func outcome(now: ContinuousClock.Instant) -> Segment.Outcome {
        guard var error = self.error else { return .success(self.results) }
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

    /// What the caller is told when the connection broke first.
    func lostOutcome(_ failure: DatabaseError, wasFlushed: Bool) -> Segment.Outcome {
        let outcomeUnknown =
            (self.segment?.changesData ?? false) && wasFlushed && self.error == nil
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
