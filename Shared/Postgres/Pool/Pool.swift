internal import Locks
internal import Logging

/// The connections of one `Database`: carries out what `PoolState` decides.
final class Pool: Sendable {
    static let maximumTickInterval = Duration.seconds(60)

    let configuration: DatabaseConfiguration
    let logger: Logger
    private let state: Mutex<PoolState>
    private let origin = ContinuousClock.now
    /// Nanoseconds from `origin` to the next tick, so that most calls need not ask the driver.
    private let nextTick = Atomic<Int64>(.max)
    private let cancelRequestCount = Atomic<UInt64>(0)
    private let isStarted = Mutex(false)

    init(configuration: DatabaseConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        self.state = Mutex(PoolState(configuration: configuration))
    }

    /// Begins to connect; the first call of any kind does this.
    func start() throws(DatabaseError) {
        let result = self.isStarted.withLock { isStarted -> Result<Bool, DatabaseError> in
            guard !isStarted else { return .success(false) }
            do throws(DatabaseError) {
                try Driver.shared.add(self)
            } catch {
                return .failure(error)
            }
            isStarted = true
            return .success(true)
        }
        if try result.get() {
            self.transact { $0.start(now: .now, actions: &$1) }
        }
    }

    var statistics: DatabaseStatistics {
        self.state.withLock { state in
            var statistics = state.counters
            statistics.isDown = state.isDown
            statistics.pipelinedConnections = state.pipelines.count
            statistics.exclusiveConnections = state.exclusiveCount
            statistics.idleConnections = state.idle.count
            statistics.readsInFlight = state.pipelines.reduce(0) { $0 + $1.depth }
            statistics.waitingCalls = state.waitingCount
            statistics.cancelRequests = self.cancelRequestCount.load(ordering: .relaxed)
            return statistics
        }
    }

    // MARK: Work

    /// Sends a segment and waits for its results.
    func run(_ segment: Segment) async throws -> [ResultStorage] {
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                guard segment.setContinuation(continuation) else {
                    continuation.resume(throwing: CancellationError())
                    return
                }
                self.submit(segment)
            }
        } onCancel: {
            self.cancel(segment)
        }
    }

    /// Sends a segment, which is told what became of it.
    func submit(_ segment: Segment) {
        if segment.isShared, let connection = self.state.withLock({ $0.assignAtOnce() }) {
            connection.submit(segment, returnsConnection: false)
            return
        }
        let now = ContinuousClock.now
        do {
            try self.start()
            try self.transact { state, actions throws(DatabaseError) in
                if segment.isShared {
                    try state.submitRead(segment, now: now, actions: &actions)
                } else {
                    try state.submitExclusive(.segment(segment), now: now, actions: &actions)
                }
            }
        } catch {
            segment.finish(.failure(error))
        }
    }

    /// Stops a segment wherever it is.
    func cancel(_ segment: Segment) {
        let (isOpen, connection) = segment.cancel()
        guard isOpen else { return }
        let didWait = self.state.withLock { $0.withdraw(.segment(segment)) }
        if didWait || segment.isShared {
            // What has been sent on a shared connection runs to its end; its result is dropped.
            segment.finish(.failure(CancellationError()))
        } else {
            connection?.cancel(segment, reason: .caller)
        }
    }

    /// Waits for a connection of the caller's own, which `Connection.release()` gives back.
    func lease(deadline: ContinuousClock.Instant?) async throws -> Connection {
        let request = LeaseRequest(deadline: deadline)
        do {
            try self.start()
            try self.transact { state, actions throws(DatabaseError) in
                try state.submitExclusive(.lease(request), now: .now, actions: &actions)
            }
        } catch {
            request.finish(.failure(error))
        }
        return try await request.wait {
            // Where it was granted before, the caller goes on and gives the connection back.
            _ = self.state.withLock { $0.withdraw(.lease(request)) }
        }
    }

    // MARK: Events

    /// A connection has received or sent something.
    func advanced(_ connection: Connection, _ outcome: ConnectionCore.Outcome) {
        let now = ContinuousClock.now
        if let failure = outcome.failure {
            self.closed(connection, failure, isUnfit: outcome.isUnfit, now: now)
        } else if outcome.isQuiet {
            self.transact { $0.returned(connection, now: now, actions: &$1) }
        } else if outcome.finishedReadCount > 0 {
            let canDispatch = self.state.withLock {
                $0.finishedReads(outcome.finishedReadCount, on: connection, now: now)
            }
            if canDispatch {
                self.transact { $0.dispatch(now: now, actions: &$1) }
            }
        }
        if !outcome.notifications.isEmpty {
            self.deliver(outcome.notifications)
        }
        if let instant = outcome.needsTickAt {
            self.schedule(at: instant)
        }
    }

    private func closed(
        _ connection: Connection,
        _ failure: DatabaseError,
        isUnfit: Bool,
        now: ContinuousClock.Instant
    ) {
        self.logger.debug("connection closed", metadata: ["reason": "\(failure.message)"])
        self.transact { state, actions in
            if state.isKnown(connection) {
                state.connectionBroke(now: now, actions: &actions)
            }
            if isUnfit {
                actions.closes += state.takeUnusedConnections()
            }
            state.lost(connection, now: now, actions: &actions)
        }
    }

    /// Counts a call that was refused because too many waited.
    func countRefusal() {
        self.state.withLock { $0.counters.refusedCalls += 1 }
    }

    func countCancelRequest() {
        self.cancelRequestCount.wrappingAdd(1, ordering: .relaxed)
    }

    /// Enforces time limits; called by the driver.
    func tick(_ now: ContinuousClock.Instant) {
        self.nextTick.store(.max, ordering: .sequentiallyConsistent)
        self.transact { $0.tick(now, actions: &$1) }
        let connections = self.state.withLock(\.allConnections)
        for connection in connections {
            if let instant = connection.tick(now) {
                self.schedule(at: instant)
            }
        }
    }

    /// Sees to it that `tick(_:)` is called at `instant` at the latest.
    func schedule(at instant: ContinuousClock.Instant) {
        let (seconds, attoseconds) = self.origin.duration(to: instant).components
        let farAway: Int64 = 1_000_000_000
        let nanoseconds =
            min(max(seconds, 0), farAway) * 1_000_000_000 + attoseconds / 1_000_000_000
        var known = self.nextTick.load(ordering: .sequentiallyConsistent)
        while nanoseconds < known {
            let (exchanged, original) = self.nextTick.compareExchange(
                expected: known,
                desired: nanoseconds,
                ordering: .sequentiallyConsistent
            )
            if exchanged {
                Driver.shared.schedule(self, at: instant)
                return
            }
            known = original
        }
    }

    // MARK: Carrying out

    /// Changes the state under its lock, then does what follows from that.
    func transact<Failure: Error>(
        _ change: (inout PoolState, inout PoolActions) throws(Failure) -> Void
    ) throws(Failure) {
        var actions = PoolActions()
        try self.state.withLock { state throws(Failure) in
            try change(&state, &actions)
        }
        self.perform(actions)
    }

    private func perform(_ actions: PoolActions) {
        for (connection, segment) in actions.sends {
            connection.submit(segment, returnsConnection: !segment.isShared)
        }
        for (connection, request) in actions.grants where !request.finish(.success(connection)) {
            connection.release()
        }
        for (work, error) in actions.refusals {
            switch work {
            case .segment(let segment): segment.finish(.failure(error))
            case .lease(let request): request.finish(.failure(error))
            }
        }
        for kind in actions.opens {
            self.openConnection(kind)
        }
        for connection in actions.closes {
            connection.close(.unavailable("the connection is no longer needed"))
        }
        for signal in actions.closingSignals {
            signal.finish()
        }
        for continuation in actions.drained {
            continuation.resume()
        }
        if let instant = actions.needsTickAt {
            self.schedule(at: instant)
        }
    }
}
