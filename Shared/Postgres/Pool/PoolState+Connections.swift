internal import DequeModule

extension PoolState {
    /// Reads on every pipeline from which on another pipeline is opened.
    static let crowdedDepth = 4

    var isDraining: Bool {
        if case .draining = self.lifecycle { true } else { false }
    }

    /// Starts using the pool.
    mutating func start(now: ContinuousClock.Instant, actions: inout PoolActions) {
        if case .created = self.lifecycle {
            self.lifecycle = .running
        }
        self.planConnections(now: now, actions: &actions)
    }

    /// Opens the connections that are needed, one at a time while the server is not reachable.
    mutating func planConnections(now: ContinuousClock.Instant, actions: inout PoolActions) {
        switch self.lifecycle {
        case .created, .closed: return
        case .running, .draining: break
        }
        let needsPipeline = self.needsPipeline
        let missingExclusives = self.missingExclusives
        let needsListener = self.listener.needsConnection
        guard needsPipeline || missingExclusives > 0 || needsListener else { return }
        if let notBefore = self.backoff.notBefore, now < notBefore {
            actions.tick(at: notBefore)
            return
        }
        if self.backoff.isFailing {
            guard self.connectingPipelines + self.connectingExclusives == 0,
                !self.listener.isConnecting
            else { return }
            if missingExclusives > 0, self.readWaiters.isEmpty || !needsPipeline {
                self.open(.exclusive, actions: &actions)
            } else {
                self.open(needsPipeline ? .pipelined : .listener, actions: &actions)
            }
            return
        }
        if needsPipeline {
            self.open(.pipelined, actions: &actions)
        }
        for _ in 0..<missingExclusives {
            self.open(.exclusive, actions: &actions)
        }
        if needsListener {
            self.open(.listener, actions: &actions)
        }
    }

    private mutating func open(_ kind: ConnectionCore.Kind, actions: inout PoolActions) {
        switch kind {
        case .pipelined: self.connectingPipelines += 1
        case .exclusive: self.connectingExclusives += 1
        case .listener: self.listener.isConnecting = true
        }
        actions.opens.append(kind)
    }

    private var needsPipeline: Bool {
        guard self.connectingPipelines == 0 else { return false }
        if self.pipelines.isEmpty {
            return true
        }
        return self.pipelines.count < self.configuration.pipelinedConnections
            && self.pipelines.allSatisfy { $0.depth >= Self.crowdedDepth }
    }

    private var missingExclusives: Int {
        let wanted = self.exclusiveWaiters.count - self.connectingExclusives
        let room =
            self.configuration.maximumConnections - self.exclusiveCount
            - self.connectingExclusives
        return max(0, min(wanted, room))
    }

    /// A connection is up.
    ///
    /// - Returns: false when it is no longer wanted.
    mutating func connected(
        _ connection: Connection,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) -> Bool {
        self.endedConnecting(connection.kind)
        self.backoff.succeeded()
        self.counters.lastConnectionError = nil
        self.counters.connectionsOpened += 1
        if case .closed = self.lifecycle {
            return false
        }
        switch connection.kind {
        case .pipelined:
            self.pipelines.append(Pipeline(connection: connection, idleSince: now))
        case .exclusive:
            self.idle.append((connection, now))
        case .listener:
            guard self.listener.setConnection(connection) else { return false }
        }
        actions.tick(at: now + self.configuration.idleTimeout)
        self.dispatch(now: now, actions: &actions)
        return true
    }

    mutating func connectingFailed(
        _ kind: ConnectionCore.Kind,
        _ error: DatabaseError,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) {
        self.endedConnecting(kind)
        self.counters.connectionsFailed += 1
        self.counters.lastConnectionError = error.message
        self.backoff.attemptFailed(now: now)
        self.shortenWaits(now: now, actions: &actions)
        self.dispatch(now: now, actions: &actions)
    }

    private mutating func endedConnecting(_ kind: ConnectionCore.Kind) {
        switch kind {
        case .pipelined: self.connectingPipelines -= 1
        case .exclusive: self.connectingExclusives -= 1
        case .listener: self.listener.isConnecting = false
        }
    }

    /// Notes that a connection broke, other than by this side's wish.
    mutating func connectionBroke(now: ContinuousClock.Instant, actions: inout PoolActions) {
        self.counters.connectionsLost += 1
        self.backoff.connectionLost(now: now)
        self.shortenWaits(now: now, actions: &actions)
    }

    /// While the server is not reachable nobody waits for long.
    private mutating func shortenWaits(
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) {
        guard self.isDown else { return }
        let limit = now + self.configuration.unavailableTimeout
        for index in self.readWaiters.indices where self.readWaiters[index].expiresAt > limit {
            self.readWaiters[index].expiresAt = limit
        }
        for index in self.exclusiveWaiters.indices
        where self.exclusiveWaiters[index].expiresAt > limit {
            self.exclusiveWaiters[index].expiresAt = limit
        }
        actions.tick(at: limit)
    }
}
