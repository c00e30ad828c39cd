internal import DequeModule

/// Time limits and the end of the pool.
extension PoolState {
    /// Ends waiting that took too long, closes idle connections, tries to connect again.
    mutating func tick(_ now: ContinuousClock.Instant, actions: inout PoolActions) {
        self.expire(\.readWaiters, now: now, actions: &actions)
        self.expire(\.exclusiveWaiters, now: now, actions: &actions)
        self.closeIdle(now: now, actions: &actions)
        self.dispatch(now: now, actions: &actions)
        if case .draining(let until) = self.lifecycle {
            actions.tick(at: until)
        }
    }

    private mutating func expire(
        _ queue: WritableKeyPath<Self, Deque<Waiter>>,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) {
        var remaining: Deque<Waiter> = []
        guard self[keyPath: queue].contains(where: { $0.expiresAt <= now }) else {
            if let next = self[keyPath: queue].lazy.map(\.expiresAt).min() {
                actions.tick(at: next)
            }
            return
        }
        for waiter in self[keyPath: queue] {
            guard waiter.expiresAt <= now else {
                remaining.append(waiter)
                actions.tick(at: waiter.expiresAt)
                continue
            }
            self.counters.expiredCalls += 1
            actions.refusals.append((waiter.work, self.expiryError(waiter.work, now: now)))
        }
        self[keyPath: queue] = remaining
    }

    private func expiryError(_ work: Work, now: ContinuousClock.Instant) -> DatabaseError {
        if self.isDown {
            return .unavailable(
                "the database is not reachable: "
                    + (self.counters.lastConnectionError ?? "the connection was lost")
            )
        }
        if let deadline = work.deadline, deadline <= now {
            return .deadlinePassed("while the call waited for a connection")
        }
        return .unavailable("no connection became free in time")
    }

    private mutating func closeIdle(now: ContinuousClock.Instant, actions: inout PoolActions) {
        let timeout = self.configuration.idleTimeout
        while self.exclusiveCount > 1, let oldest = self.idle.first,
            oldest.since + timeout <= now
        {
            self.idle.removeFirst()
            actions.closes.append(oldest.connection)
        }
        while self.pipelines.count > 1,
            let index = self.pipelines.firstIndex(where: {
                $0.idleSince.map { $0 + timeout <= now } ?? false
            })
        {
            actions.closes.append(self.pipelines.remove(at: index).connection)
        }
        let idleSince =
            self.idle.dropFirst(self.leased.isEmpty ? 1 : 0).map(\.since)
            + (self.pipelines.count > 1 ? self.pipelines.compactMap(\.idleSince) : [])
        if let oldest = idleSince.min() {
            actions.tick(at: max(oldest + timeout, now + .seconds(1)))
        }
    }

    // MARK: Closing

    mutating func drain(now: ContinuousClock.Instant, actions: inout PoolActions) {
        switch self.lifecycle {
        case .created, .running:
            let until = now + self.configuration.drainTimeout
            self.lifecycle = .draining(until: until)
            actions.closingSignals += self.closingSignals
            self.closingSignals = []
            actions.tick(at: until)
        case .draining, .closed:
            break
        }
        self.endDraining(now: now, actions: &actions)
    }

    /// Closes everything once no call is on its way or the time for that is up.
    mutating func endDraining(now: ContinuousClock.Instant, actions: inout PoolActions) {
        switch self.lifecycle {
        case .created, .running:
            return
        case .draining(let until):
            let isQuiet =
                self.leased.isEmpty && self.waitingCount == 0
                && self.pipelines.allSatisfy { $0.depth == 0 }
            guard isQuiet || until <= now else { return }
            self.lifecycle = .closed
            self.closeEverything(actions: &actions)
        case .closed:
            break
        }
        actions.drained += self.drainContinuations
        self.drainContinuations = []
    }

    private mutating func closeEverything(actions: inout PoolActions) {
        let error = DatabaseError.unavailable("the database connections are being closed")
        for waiter in self.readWaiters + self.exclusiveWaiters {
            actions.refusals.append((waiter.work, error))
        }
        self.readWaiters = []
        self.exclusiveWaiters = []
        actions.closes += self.pipelines.map(\.connection)
        actions.closes += self.idle.map(\.connection)
        actions.closes += self.leased.values
        if let connection = self.listener.connection {
            actions.closes.append(connection)
        }
        self.pipelines = []
        self.idle = []
        self.leased = [:]
        self.listener.lostConnection()
    }
}
