internal import DequeModule

/// Which connections there are, who uses them and who waits: decides, and touches no socket.
struct PoolState {
    enum Lifecycle {
        /// Nobody has used the pool yet.
        case created
        case running
        /// No new calls; those on their way finish until the instant.
        case draining(until: ContinuousClock.Instant)
        case closed
    }

    enum Work: Sendable {
        case segment(Segment)
        case lease(LeaseRequest)

        var deadline: ContinuousClock.Instant? {
            switch self {
            case .segment(let segment): segment.deadline
            case .lease(let request): request.deadline
            }
        }

        func isSame(as other: Work) -> Bool {
            switch (self, other) {
            case (.segment(let one), .segment(let two)): one === two
            case (.lease(let one), .lease(let two)): one === two
            default: false
            }
        }
    }

    struct Waiter {
        let work: Work
        var expiresAt: ContinuousClock.Instant
    }

    /// A pipelined connection and the reads on it.
    struct Pipeline {
        let connection: Connection
        var depth = 0
        /// Since when it has had nothing to do.
        var idleSince: ContinuousClock.Instant?
    }

    let configuration: DatabaseConfiguration
    var lifecycle = Lifecycle.created
    var pipelines: [Pipeline] = []
    var readWaiters: Deque<Waiter> = []
    /// Exclusive connections in use.
    var leased: [UInt64: Connection] = [:]
    /// Exclusive connections that nobody uses; the last one was used last.
    var idle: [(connection: Connection, since: ContinuousClock.Instant)] = []
    var exclusiveWaiters: Deque<Waiter> = []
    var listener = ListenerState()
    var connectingPipelines = 0
    var connectingExclusives = 0
    var backoff = Backoff()
    /// Tell `run()` that the pool closes.
    var closingSignals: [AsyncStream<Never>.Continuation] = []
    var drainContinuations: [CheckedContinuation<Void, Never>] = []
    var counters = DatabaseStatistics()

    init(configuration: DatabaseConfiguration) {
        var configuration = configuration
        configuration.maximumConnections = max(1, configuration.maximumConnections)
        configuration.pipelinedConnections = max(1, configuration.pipelinedConnections)
        configuration.maximumPipelineDepth = max(1, configuration.maximumPipelineDepth)
        self.configuration = configuration
    }

    var exclusiveCount: Int { self.leased.count + self.idle.count }

    /// Whether nothing works: no connection is up, and making one failed or the last one broke.
    var isDown: Bool {
        self.backoff.isFailing && self.pipelines.isEmpty && self.exclusiveCount == 0
    }

    var waitingCount: Int { self.readWaiters.count + self.exclusiveWaiters.count }

    // MARK: Submitting

    /// Takes a short read.
    mutating func submitRead(
        _ segment: Segment,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) throws(DatabaseError) {
        try self.checkOpen()
        if self.readWaiters.isEmpty, let index = self.leastLoadedPipeline() {
            self.assign(segment, to: index, actions: &actions)
        } else {
            try self.enqueue(.segment(segment), in: \.readWaiters, now: now, actions: &actions)
        }
        self.planConnections(now: now, actions: &actions)
    }

    /// Takes a short read where nothing else has to be decided: the usual case.
    mutating func assignAtOnce() -> Connection? {
        guard case .running = self.lifecycle, self.readWaiters.isEmpty,
            let index = self.leastLoadedPipeline(),
            self.pipelines[index].depth < Self.crowdedDepth
                || self.pipelines.count >= self.configuration.pipelinedConnections
        else { return nil }
        self.pipelines[index].depth += 1
        self.pipelines[index].idleSince = nil
        return self.pipelines[index].connection
    }

    /// Takes work for a connection of its own.
    mutating func submitExclusive(
        _ work: Work,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) throws(DatabaseError) {
        try self.checkOpen()
        if let connection = self.idle.popLast()?.connection {
            self.assign(work, to: connection, actions: &actions)
        } else {
            try self.enqueue(work, in: \.exclusiveWaiters, now: now, actions: &actions)
            self.planConnections(now: now, actions: &actions)
        }
    }

    /// Takes waiting work out of its queue; false when it does not wait.
    mutating func withdraw(_ work: Work) -> Bool {
        if let index = self.exclusiveWaiters.firstIndex(where: { $0.work.isSame(as: work) }) {
            self.exclusiveWaiters.remove(at: index)
            return true
        }
        if let index = self.readWaiters.firstIndex(where: { $0.work.isSame(as: work) }) {
            self.readWaiters.remove(at: index)
            return true
        }
        return false
    }

    private func checkOpen() throws(DatabaseError) {
        switch self.lifecycle {
        case .created, .running: break
        case .draining, .closed: throw .unavailable("the database connections are being closed")
        }
    }

    private mutating func enqueue(
        _ work: Work,
        in queue: WritableKeyPath<Self, Deque<Waiter>>,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) throws(DatabaseError) {
        let count = self[keyPath: queue].count
        guard count < self.configuration.maximumWaitingCalls else {
            self.counters.refusedCalls += 1
            throw .queueFull(count)
        }
        let patience =
            self.isDown
            ? self.configuration.unavailableTimeout : self.configuration.acquireTimeout
        let expiresAt = min(work.deadline ?? now + patience, now + patience)
        self[keyPath: queue].append(Waiter(work: work, expiresAt: expiresAt))
        actions.tick(at: expiresAt)
    }

    // MARK: Handing out

    /// The pipeline with the fewest reads, if it has room.
    private func leastLoadedPipeline() -> Int? {
        guard
            let index = self.pipelines.indices.min(by: {
                self.pipelines[$0].depth < self.pipelines[$1].depth
            }), self.pipelines[index].depth < self.configuration.maximumPipelineDepth
        else { return nil }
        return index
    }

    private mutating func assign(
        _ segment: Segment,
        to index: Int,
        actions: inout PoolActions
    ) {
        self.pipelines[index].depth += 1
        self.pipelines[index].idleSince = nil
        actions.sends.append((self.pipelines[index].connection, segment))
    }

    private mutating func assign(
        _ work: Work,
        to connection: Connection,
        actions: inout PoolActions
    ) {
        self.leased[connection.identifier] = connection
        switch work {
        case .segment(let segment): actions.sends.append((connection, segment))
        case .lease(let request): actions.grants.append((connection, request))
        }
    }

    /// Gives waiting work to connections that are free.
    mutating func dispatch(now: ContinuousClock.Instant, actions: inout PoolActions) {
        while !self.readWaiters.isEmpty, let index = self.leastLoadedPipeline(),
            case .segment(let segment)? = self.readWaiters.popFirst()?.work
        {
            self.assign(segment, to: index, actions: &actions)
        }
        while !self.exclusiveWaiters.isEmpty, let connection = self.idle.popLast()?.connection,
            let waiter = self.exclusiveWaiters.popFirst()
        {
            self.assign(waiter.work, to: connection, actions: &actions)
        }
        self.planConnections(now: now, actions: &actions)
        self.endDraining(now: now, actions: &actions)
    }

    // MARK: Connections that changed

    /// Reads have left a pipeline.
    ///
    /// - Returns: whether work can be handed out because of that.
    mutating func finishedReads(
        _ count: Int,
        on connection: Connection,
        now: ContinuousClock.Instant
    ) -> Bool {
        guard let index = self.pipelines.firstIndex(where: { $0.connection === connection })
        else { return false }
        self.pipelines[index].depth -= count
        if self.pipelines[index].depth == 0 {
            self.pipelines[index].idleSince = now
        }
        return !self.readWaiters.isEmpty || self.isDraining
    }

    /// An exclusive connection is free again.
    mutating func returned(
        _ connection: Connection,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) {
        guard self.leased.removeValue(forKey: connection.identifier) != nil else { return }
        self.idle.append((connection, now))
        self.dispatch(now: now, actions: &actions)
    }

    /// A connection was closed, by whichever side.
    mutating func lost(
        _ connection: Connection,
        now: ContinuousClock.Instant,
        actions: inout PoolActions
    ) {
        self.pipelines.removeAll { $0.connection === connection }
        self.idle.removeAll { $0.connection === connection }
        self.leased[connection.identifier] = nil
        if self.listener.connection === connection {
            self.listener.lostConnection()
        }
        self.dispatch(now: now, actions: &actions)
    }
}

extension PoolState {
    /// Whether the pool still counts on this connection.
    func isKnown(_ connection: Connection) -> Bool {
        self.leased[connection.identifier] != nil || self.listener.connection === connection
            || self.pipelines.contains { $0.connection === connection }
            || self.idle.contains { $0.connection === connection }
    }

    var allConnections: [Connection] {
        self.pipelines.map(\.connection) + self.idle.map(\.connection) + self.leased.values
            + (self.listener.connection.map { [$0] } ?? [])
    }

    /// Gives up every connection but those in use by one caller.
    mutating func takeUnusedConnections() -> [Connection] {
        let connections = self.pipelines.map(\.connection) + self.idle.map(\.connection)
        self.pipelines = []
        self.idle = []
        return connections
    }
}
