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
        if self.kind == .exclusive, first.expiresAt <= now {
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
            return (nil, self.kind == .exclusive ? min(stallsAt, first.expiresAt) : stallsAt)
        }
        var next = stallsAt
        for index in self.inFlight.indices where !self.inFlight[index].isAbandoned {
            guard let segment = self.inFlight[index].segment else { continue }
            if self.inFlight[index].expiresAt <= now {
                // The place in the pipeline stays taken until its sync comes back.
                self.inFlight[index].isAbandoned = true
                outcome.finished.append(
                    (segment, .failure(DatabaseError.deadlinePassed("before the answer came")))
                )
            } else {
                next = min(next, self.inFlight[index].expiresAt)
            }
        }
        return (nil, next)
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
