internal import CPostgres
internal import Locks

/// The one thread that waits for all connections of the process and for their time limits.
final class Driver: Sendable {
    static let shared = Driver()

    /// Takes the place of a connection's number in events of the wake-up descriptor.
    private static let wakeUpIdentifier: UInt64 = 0

    private struct State {
        var isRunning = false
        var nextIdentifier: UInt64 = 1
        var connections: [UInt64: Connection] = [:]
        var pools: [ObjectIdentifier: (pool: Pool, dueAt: ContinuousClock.Instant)] = [:]
        /// Until when the thread waits; `nil` while it works.
        var sleepsUntil: ContinuousClock.Instant?
        var isSleepingForever = false
    }

    private let epoll: CInt
    private let wakeUp: CInt
    /// False when the system refused one of the descriptors.
    private let isUsable: Bool
    private let state = Mutex(State())

    private init() {
        self.epoll = cpostgres_epoll_create()
        self.wakeUp = cpostgres_eventfd_create()
        self.isUsable =
            cpostgres_epoll_control(
                self.epoll,
                CPOSTGRES_EPOLL_ADD,
                self.wakeUp,
                Self.wakeUpIdentifier,
                0
            ) == 0
    }

    /// Starts the thread with the first pool and looks after `pool` from now on.
    ///
    /// - Throws: `DatabaseError` with code `unavailable` when the system refuses.
    func add(_ pool: Pool) throws(DatabaseError) {
        guard self.isUsable else {
            throw .unavailable("the system refuses an event descriptor")
        }
        let needsThread = self.state.withLock { state in
            state.pools[ObjectIdentifier(pool)] = (pool, .now)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if needsThread, !startThread(name: "pg-driver", { self.run() }) {
            self.state.withLock { state in
                state.isRunning = false
                state.pools[ObjectIdentifier(pool)] = nil
            }
            throw .unavailable("the system refuses a thread")
        }
        self.wake()
    }

    func remove(_ pool: Pool) {
        self.state.withLock { _ = $0.pools.removeValue(forKey: ObjectIdentifier(pool)) }
    }

    /// Sees to it that `pool` is ticked at `instant` at the latest.
    func schedule(_ pool: Pool, at instant: ContinuousClock.Instant) {
        let isEarlier = self.state.withLock { state in
            guard let entry = state.pools[ObjectIdentifier(pool)], instant < entry.dueAt else {
                return false
            }
            state.pools[ObjectIdentifier(pool)] = (pool, instant)
            return state.isSleepingForever || state.sleepsUntil.map { instant < $0 } ?? false
        }
        if isEarlier {
            self.wake()
        }
    }

    // MARK: Connections

    func makeIdentifier() -> UInt64 {
        self.state.withLock { state in
            defer { state.nextIdentifier += 1 }
            return state.nextIdentifier
        }
    }

    /// Watches a new connection; false when the system refuses.
    func add(_ connection: Connection) -> Bool {
        self.state.withLock { $0.connections[connection.identifier] = connection }
        if self.control(CPOSTGRES_EPOLL_ADD, connection.descriptor, connection.identifier) {
            return true
        }
        self.state.withLock { _ = $0.connections.removeValue(forKey: connection.identifier) }
        return false
    }

    /// Stops watching; called before the descriptor is closed.
    func remove(_ connection: Connection, descriptor: CInt) {
        self.state.withLock { _ = $0.connections.removeValue(forKey: connection.identifier) }
        // A descriptor that libpq has closed is no longer watched: an error says just that.
        _ = self.control(CPOSTGRES_EPOLL_REMOVE, descriptor, connection.identifier)
    }

    /// Changes whether room to write is waited for as well.
    func watch(_ descriptor: CInt, identifier: UInt64, forWriting: Bool) {
        // An error means that the descriptor is gone, which its next use reports.
        _ = self.control(
            CPOSTGRES_EPOLL_CHANGE,
            descriptor,
            identifier,
            forWriting: forWriting
        )
    }

    private func control(
        _ operation: cpostgres_epoll_operation,
        _ descriptor: CInt,
        _ identifier: UInt64,
        forWriting: Bool = false
    ) -> Bool {
        cpostgres_epoll_control(
            self.epoll,
            operation,
            descriptor,
            identifier,
            forWriting ? 1 : 0
        ) == 0
    }

    // MARK: The thread

    private func wake() {
        // A full counter means that the thread is already to be woken.
        _ = cpostgres_eventfd_signal(self.wakeUp)
    }

    private func run() {
        var identifiers = [UInt64](repeating: 0, count: 64)
        while true {
            let timeout = self.prepareToSleep()
            // Safe because the function is told how many fit.
            let count = unsafe cpostgres_epoll_wait(
                self.epoll,
                &identifiers,
                CInt(identifiers.count),
                timeout
            )
            self.state.withLock { state in
                state.sleepsUntil = nil
                state.isSleepingForever = false
            }
            for identifier in identifiers.prefix(max(0, Int(count))) {
                if identifier == Self.wakeUpIdentifier {
                    // Nothing to read means that the signal has been seen already.
                    _ = cpostgres_eventfd_clear(self.wakeUp)
                } else if let connection = self.state.withLock({ $0.connections[identifier] }) {
                    connection.advance(reading: true)
                }
            }
            self.tickPools()
        }
    }

    /// Milliseconds until the first pool is due, -1 for none.
    private func prepareToSleep() -> CInt {
        let now = ContinuousClock.now
        return self.state.withLock { state in
            guard let first = state.pools.values.map(\.dueAt).min() else {
                state.isSleepingForever = true
                return -1
            }
            guard first > now else { return 0 }
            state.sleepsUntil = first
            return CInt(now.duration(to: first).milliseconds(atMost: 60_000))
        }
    }

    private func tickPools() {
        let now = ContinuousClock.now
        let due = self.state.withLock { state -> [Pool] in
            let due = state.pools.values.filter { $0.dueAt <= now }.map(\.pool)
            for pool in due {
                // What is scheduled while the pool is ticked must not be lost.
                state.pools[ObjectIdentifier(pool)]?.dueAt = now + Pool.maximumTickInterval
            }
            return due
        }
        for pool in due {
            pool.tick(now)
        }
    }
}
