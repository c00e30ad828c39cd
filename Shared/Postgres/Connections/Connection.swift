internal import DequeModule
internal import Locks

/// One connection to the server, shared by callers, the driver and the pool.
///
/// Callers that submit never wait for its lock: whoever holds it sends what others submit
/// meanwhile, for which `sendInbox()` follows every use of the lock.
final class Connection: Sendable {
    let identifier: UInt64
    let kind: ConnectionCore.Kind
    private let pool: Pool
    private let core: Mutex<ConnectionCore>
    private let inbox = Mutex(Deque<ConnectionCore.Submission>())

    init(
        identifier: UInt64,
        kind: ConnectionCore.Kind,
        handle: consuming sending Handle,
        pool: Pool
    ) {
        self.identifier = identifier
        self.kind = kind
        self.pool = pool
        self.core = Mutex(ConnectionCore(kind: kind, handle: handle))
    }

    var descriptor: CInt {
        self.core.withLock { $0.handle.descriptor }
    }

    /// Sends a segment, now or as soon as whoever holds the lock comes to it.
    ///
    /// - Parameter returnsConnection: whether the connection goes back to the pool afterwards.
    func submit(_ segment: Segment, returnsConnection: Bool) {
        self.inbox.withLock {
            $0.append(.init(segment: segment, returnsConnection: returnsConnection))
        }
        if self.kind == .pipelined, let deadline = segment.deadline {
            // It may have to wait here for the next answer.
            self.pool.schedule(at: deadline)
        }
        self.sendInbox()
    }

    /// Gives a connection back that was granted to a caller.
    func release() {
        self.core.withLock { $0.returnsWhenQuiet = true }
        self.advance(reading: false)
    }

    /// Receives and sends what can be; called by the driver, and after a change of state.
    func advance(reading: Bool) {
        let outcome = self.core.withLock { core in
            self.advanceLocked(&core, reading: reading)
        }
        self.deliver(outcome)
        if !outcome.isHeld {
            self.sendInbox()
        }
    }

    private func sendInbox() {
        while !self.inbox.withLock(\.isEmpty) {
            let outcome = self.core.withLockIfAvailable { core in
                self.advanceLocked(&core, reading: false)
            }
            guard let outcome else { return }
            self.deliver(outcome)
            if outcome.isHeld {
                return
            }
        }
    }

    /// Takes out what has waited too long to be sent.
    ///
    /// - Returns: when to look again.
    private func refuseLate(
        _ now: ContinuousClock.Instant,
        outcome: inout ConnectionCore.Outcome
    ) -> ContinuousClock.Instant? {
        guard self.kind == .pipelined else { return nil }
        let late = self.inbox.withLock { inbox in
            let late = inbox.filter { $0.segment.remainingTime(now) <= .zero }
            if !late.isEmpty {
                inbox.removeAll { $0.segment.remainingTime(now) <= .zero }
            }
            return late
        }
        for submission in late {
            outcome.finishedReadCount += 1
            outcome.finished.append(
                (
                    submission.segment,
                    .failure(DatabaseError.deadlinePassed("before the call was sent"))
                )
            )
        }
        return self.inbox.withLock { $0.compactMap(\.segment.deadline).min() }
    }

    private func advanceLocked(
        _ core: inout ConnectionCore,
        reading: Bool
    ) -> ConnectionCore.Outcome {
        let wasPending = core.isFlushPending
        let outcome = core.advance(reading: reading, connection: self) {
            self.inbox.withLock { $0.popFirst() }
        }
        if outcome.failure != nil {
            self.closeLocked(&core)
        } else if core.isFlushPending != wasPending, !core.isClosed {
            Driver.shared.watch(
                core.handle.descriptor,
                identifier: self.identifier,
                forWriting: core.isFlushPending
            )
        }
        return outcome
    }

    private func closeLocked(_ core: inout ConnectionCore) {
        core.isClosed = true
        Driver.shared.remove(self, descriptor: core.handle.descriptor)
        core.handle.close()
    }

    private func deliver(_ outcome: ConnectionCore.Outcome) {
        self.pool.advanced(self, outcome)
        for (segment, result) in outcome.finished {
            segment.finish(result)
        }
    }

    /// Closes a connection that nobody uses, or whatever it is used for.
    func close(_ reason: DatabaseError) {
        let outcome = self.core.withLock { core in
            var outcome = ConnectionCore.Outcome()
            core.fail(reason, outcome: &outcome)
            if outcome.failure != nil {
                self.closeLocked(&core)
            }
            return outcome
        }
        if outcome.failure != nil {
            self.deliver(outcome)
        }
        self.sendInbox()
    }

    // MARK: Cancellation and time

    /// Stops a segment that was sent on this connection, which serves nobody else.
    func cancel(_ segment: Segment, reason: InFlight.CancelReason) {
        let request = self.core.withLock { core -> CancelRequest?? in
            guard
                let index = core.inFlight.firstIndex(where: {
                    $0.members.first?.segment === segment
                }),
                core.inFlight[index].cancelReason == nil
            else { return nil }
            core.inFlight[index].cancelReason = reason
            return self.beginCancelling(&core, now: .now)
        }
        if let request {
            self.send(request)
        }
        self.sendInbox()
    }

    private func beginCancelling(
        _ core: inout ConnectionCore,
        now: ContinuousClock.Instant
    ) -> CancelRequest? {
        core.cancellation = .init(
            startedAt: core.cancellation?.startedAt ?? now,
            requestEndedAt: nil
        )
        return core.handle.makeCancelRequest()
    }

    private func send(_ request: CancelRequest?) {
        self.pool.countCancelRequest()
        self.pool.schedule(at: .now + .milliseconds(100))
        // Where no request can be made the statement is stopped by closing its connection, once
        // the bound has passed.
        guard let request else { return }
        _ = HelperThreads.cancelling.run {
            request.send()
            self.core.withLock { $0.cancellation?.requestEndedAt = .now }
            self.advance(reading: false)
        }
    }

    /// Enforces time limits.
    ///
    /// - Returns: when to look again.
    func tick(_ now: ContinuousClock.Instant) -> ContinuousClock.Instant? {
        var outcome = ConnectionCore.Outcome()
        var request: CancelRequest??
        let nextRefusal = self.refuseLate(now, outcome: &outcome)
        let next = self.core.withLock { core -> ContinuousClock.Instant? in
            guard !core.isClosed else { return nil }
            let (action, next) = core.tick(now, outcome: &outcome)
            switch action {
            case .cancel:
                request = .some(self.beginCancelling(&core, now: now))
            case .close:
                self.closeLocked(&core)
            case nil:
                break
            }
            return next
        }
        if let request {
            self.send(request)
        }
        if outcome.failure != nil || !outcome.finished.isEmpty {
            self.deliver(outcome)
        }
        self.sendInbox()
        return [next, nextRefusal].compactMap { $0 }.min()
    }
}
