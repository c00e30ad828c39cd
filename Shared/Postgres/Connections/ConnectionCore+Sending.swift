internal import DequeModule

extension ConnectionCore {
    /// Sends every submitted segment; false when the connection is broken.
    mutating func sendAll(
        now: ContinuousClock.Instant,
        connection: Connection,
        outcome: inout Outcome,
        next: () -> Submission?
    ) -> Bool {
        // A cancel request hits whatever runs when it arrives: nothing is sent until it is over.
        if self.inFlight.isEmpty, self.cancellation?.requestEndedAt != nil {
            self.cancellation = nil
        }
        if !self.isClosed, self.cancellation != nil {
            return self.flush(now: now, outcome: &outcome)
        }
        self.isGathering =
            !self.isClosed && self.kind == .pipelined && self.batchEnds.count >= Self.batchLimit
        if self.isGathering {
            return self.flush(now: now, outcome: &outcome)
        }
        while let submission = next() {
            if submission.returnsConnection {
                self.returnsWhenQuiet = true
            }
            let segment = submission.segment
            guard segment.beginSending(on: connection) else {
                outcome.finished.append((segment, .failure(CancellationError())))
                outcome.finishedReadCount += segment.isShared ? 1 : 0
                continue
            }
            if self.isClosed {
                outcome.finished.append(
                    (
                        segment,
                        .failure(
                            DatabaseError.connectionLost(
                                "the connection was lost before the call was sent",
                                outcomeUnknown: false
                            )
                        )
                    )
                )
                continue
            }
            if segment.remainingTime(now) <= .zero {
                outcome.finished.append(
                    (segment, .failure(DatabaseError.deadlinePassed("before the call was sent")))
                )
                outcome.finishedReadCount += segment.isShared ? 1 : 0
                continue
            }
            guard self.send(segment, now: now, outcome: &outcome) else { return false }
        }
        if self.kind == .pipelined, self.sentCount > self.batchEnds.last ?? self.flushedCount {
            self.batchEnds.append(self.sentCount)
        }
        return self.isClosed || self.flush(now: now, outcome: &outcome)
    }

    private mutating func send(
        _ segment: Segment,
        now: ContinuousClock.Instant,
        outcome: inout Outcome
    ) -> Bool {
        let timeLimit = segment.remainingTime(now)
        if self.handle.isIdle || self.kind == .pipelined {
            guard self.deallocateRetired(now: now) else { return false }
        }
        var steps: [InFlight.Step] = []
        steps.reserveCapacity(segment.statements.count + 2)
        let isSent =
            self.kind == .pipelined
            ? self.sendShared(segment, timeLimit: timeLimit, now: now, steps: &steps)
            : self.sendAlone(segment, timeLimit: timeLimit, steps: &steps)
        guard isSent else { return false }
        let ownLimit = now + timeLimit * max(1, segment.statements.count) + Self.stallGrace
        let expiresAt = segment.deadline.map { min($0, ownLimit) } ?? ownLimit
        outcome.needsTickAt = min(outcome.needsTickAt ?? expiresAt, expiresAt)
        return self.endSegment(
            segment,
            steps: steps,
            now: now,
            timeLimit: timeLimit,
            expiresAt: expiresAt
        )
    }

    mutating func prepareAlone(
        _ statement: StatementCache.Statement,
        now: ContinuousClock.Instant
    ) -> Bool {
        self.handle.sendPrepare(
            name: statement.name,
            text: statement.text,
            types: statement.types
        )
            && self.endSegment(nil, steps: [.prepare(statement)], now: now)
    }

    private mutating func deallocateRetired(now: ContinuousClock.Instant) -> Bool {
        for name in self.cache.takeRetired() {
            guard self.handle.sendUnprepared("DEALLOCATE \(name)"),
                self.endSegment(nil, steps: [.deallocate], now: now)
            else { return false }
        }
        return true
    }

    private mutating func endSegment(
        _ segment: Segment?,
        steps: [InFlight.Step],
        now: ContinuousClock.Instant,
        timeLimit: Duration = .seconds(30),
        expiresAt: ContinuousClock.Instant? = nil
    ) -> Bool {
        guard self.handle.sendSync() else { return false }
        if self.inFlight.isEmpty {
            self.lastProgressAt = now
        }
        self.sentCount += 1
        self.inFlight.append(
            InFlight(
                segment: segment,
                steps: steps,
                number: self.sentCount,
                sentAt: now,
                timeLimit: timeLimit,
                expiresAt: expiresAt ?? now + timeLimit + Self.stallGrace
            )
        )
        return true
    }

    /// Sends what libpq has buffered; false when the connection is broken.
    private mutating func flush(now: ContinuousClock.Instant, outcome: inout Outcome) -> Bool {
        guard self.isFlushPending || self.flushedCount < self.sentCount else { return true }
        switch self.handle.flush() {
        case .flushed:
            self.isFlushPending = false
            self.flushedCount = self.sentCount
            return true
        case .pending:
            self.isFlushPending = true
            // While it could not write, libpq may have read: nobody else would notice that.
            return self.receive(now: now, outcome: &outcome)
        case .failed:
            return false
        }
    }
}
