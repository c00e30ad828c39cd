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
        var reads = ReadGroups()
        while let segment = self.again.popFirst() {
            if self.isSendable(segment, now: now, connection: connection, outcome: &outcome) {
                reads.add(segment, alone: true)
            }
        }
        while let submission = next() {
            if submission.returnsConnection {
                self.returnsWhenQuiet = true
            }
            let segment = submission.segment
            guard self.isSendable(segment, now: now, connection: connection, outcome: &outcome)
            else { continue }
            if self.kind == .pipelined {
                reads.add(segment, alone: segment.hasOwnTimeLimit(now))
            } else {
                guard self.send([segment], now: now, outcome: &outcome) else { return false }
            }
        }
        while let group = reads.popFirst() {
            guard self.send(group, now: now, outcome: &outcome) else { return false }
        }
        if self.kind == .pipelined, self.sentCount > self.batchEnds.last ?? self.flushedCount {
            self.batchEnds.append(self.sentCount)
        }
        return self.isClosed || self.flush(now: now, outcome: &outcome)
    }

    /// Whether a segment is still to be sent; otherwise its caller is told why not.
    private func isSendable(
        _ segment: Segment,
        now: ContinuousClock.Instant,
        connection: Connection,
        outcome: inout Outcome
    ) -> Bool {
        let refusal: any Error
        if !segment.beginSending(on: connection) {
            refusal = CancellationError()
        } else if self.isClosed {
            refusal = DatabaseError.connectionLost(
                "the connection was lost before the call was sent",
                outcomeUnknown: false
            )
        } else if segment.remainingTime(now) <= .zero {
            refusal = DatabaseError.deadlinePassed("before the call was sent")
        } else {
            return true
        }
        outcome.finished.append((segment, .failure(refusal)))
        if segment.isShared, !self.isClosed {
            outcome.finishedReadCount += 1
        }
        return false
    }

    /// Sends one transaction: a segment, or several reads on one person's behalf.
    private mutating func send(
        _ segments: [Segment],
        now: ContinuousClock.Instant,
        outcome: inout Outcome
    ) -> Bool {
        if self.handle.isIdle || self.kind == .pipelined {
            guard self.deallocateRetired(now: now) else { return false }
        }
        var timeLimit = Duration.zero
        var members: [InFlight.Member] = []
        members.reserveCapacity(segments.count)
        var statementCount = 2
        for segment in segments {
            let ownLimit = segment.remainingTime(now)
            let limit = now + ownLimit * max(1, segment.statements.count) + Self.stallGrace
            let expiresAt = segment.deadline.map { min($0, limit) } ?? limit
            members.append(InFlight.Member(segment: segment, expiresAt: expiresAt))
            outcome.needsTickAt = min(outcome.needsTickAt ?? expiresAt, expiresAt)
            timeLimit = max(timeLimit, ownLimit)
            statementCount += segment.statements.count
        }
        var steps: [InFlight.Step] = []
        steps.reserveCapacity(statementCount)
        let isSent =
            self.kind == .pipelined
            ? self.sendShared(segments, timeLimit: timeLimit, now: now, steps: &steps)
            : self.sendAlone(segments[0], timeLimit: timeLimit, steps: &steps)
        return isSent
            && self.endTransaction(members, steps: steps, now: now, timeLimit: timeLimit)
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
            && self.endTransaction([], steps: [.prepare(statement)], now: now)
    }

    private mutating func deallocateRetired(now: ContinuousClock.Instant) -> Bool {
        for name in self.cache.takeRetired() {
            guard self.handle.sendUnprepared("DEALLOCATE \(name)"),
                self.endTransaction([], steps: [.deallocate], now: now)
            else { return false }
        }
        return true
    }

    private mutating func endTransaction(
        _ members: [InFlight.Member],
        steps: [InFlight.Step],
        now: ContinuousClock.Instant,
        timeLimit: Duration = .seconds(30)
    ) -> Bool {
        guard self.handle.sendSync() else { return false }
        if self.inFlight.isEmpty {
            self.lastProgressAt = now
        }
        self.sentCount += 1
        self.inFlight.append(
            InFlight(
                members: members,
                steps: steps,
                number: self.sentCount,
                sentAt: now,
                timeLimit: timeLimit
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
