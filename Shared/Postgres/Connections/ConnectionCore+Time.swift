internal import DequeModule

extension ConnectionCore {
    enum TimeAction {
        case cancel
        case close
    }

    /// Finds what has taken too long.
    ///
    /// - Returns: what to do about it, and when to look again.
    mutating func tick(
        _ now: ContinuousClock.Instant,
        outcome: inout Outcome
    ) -> (TimeAction?, ContinuousClock.Instant?) {
        if let cancellation = self.cancellation {
            return self.tickCancelling(cancellation, now, outcome: &outcome)
        }
        guard let first = self.inFlight.first else { return (nil, nil) }
        let stallsAt =
            max(self.lastProgressAt, first.sentAt) + first.timeLimit + Self.stallGrace
        let expiresAt = first.members.first?.expiresAt ?? stallsAt
        if self.kind == .exclusive, expiresAt <= now {
            self.inFlight[0].cancelReason = .deadline
            return (.cancel, now + .milliseconds(100))
        }
        if stallsAt <= now {
            self.fail(
                .connectionLost("the server has stopped answering", outcomeUnknown: false),
                outcome: &outcome
            )
            return (.close, nil)
        }
        guard self.kind == .pipelined else {
            return (nil, self.kind == .exclusive ? min(stallsAt, expiresAt) : stallsAt)
        }
        return (nil, self.abandonLate(now, outcome: &outcome).map { min($0, stallsAt) } ?? stallsAt)
    }

    /// Tells callers whose time is up; their places stay taken until the sync comes back.
    ///
    /// - Returns: when the next one's time is up.
    private mutating func abandonLate(
        _ now: ContinuousClock.Instant,
        outcome: inout Outcome
    ) -> ContinuousClock.Instant? {
        var next: ContinuousClock.Instant?
        for entry in self.inFlight.indices {
            for index in self.inFlight[entry].members.indices {
                let member = self.inFlight[entry].members[index]
                guard !member.isAbandoned else { continue }
                if member.expiresAt <= now {
                    self.inFlight[entry].members[index].isAbandoned = true
                    outcome.finished.append(
                        (
                            member.segment,
                            .failure(DatabaseError.deadlinePassed("before the answer came"))
                        )
                    )
                } else {
                    next = min(next ?? member.expiresAt, member.expiresAt)
                }
            }
        }
        return next
    }

    private mutating func tickCancelling(
        _ cancellation: Cancellation,
        _ now: ContinuousClock.Instant,
        outcome: inout Outcome
    ) -> (TimeAction?, ContinuousClock.Instant?) {
        let bound = cancellation.startedAt + Self.cancelBound
        if bound <= now {
            self.fail(
                .connectionLost(
                    "the statement did not end within \(Self.cancelBound) of its cancellation",
                    outcomeUnknown: false
                ),
                outcome: &outcome
            )
            return (.close, nil)
        }
        // A request that arrives before the statement began is without effect: it is repeated.
        if let endedAt = cancellation.requestEndedAt, !self.inFlight.isEmpty {
            let again = endedAt + .milliseconds(100)
            return again <= now
                ? (.cancel, min(bound, now + .milliseconds(100))) : (nil, min(bound, again))
        }
        return (nil, bound)
    }
}
