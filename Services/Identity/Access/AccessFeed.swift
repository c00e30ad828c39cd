internal import IdentityAPI
internal import Locks
internal import Logging
internal import Postgres
internal import ServiceLifecycle

/// Reads access events once for all followers of this process and wakes them.
///
/// Notifications from Postgres make it quick; a look at the table every second makes it certain,
/// and is what lets followers say truthfully that nothing happened: while the table cannot be read,
/// no heartbeat leaves this process.
final class AccessFeed: Service {
    private struct State {
        var log = AccessLog()
        var followers: [UInt64: AsyncStream<Void>.Continuation] = [:]
        var nextFollower: UInt64 = 0
        var isOver = false
        /// Whether the last look failed; an outage is logged when it begins and when it ends.
        var isInterrupted = false
    }

    private let store: AccessEventStore
    private let database: Database
    private let logger: Logger
    private let state = Mutex(State())

    /// How often the table is looked at without a notification.
    static let interval = Duration.seconds(1)
    /// How long one look may take.
    private static let readTimeout = Duration.seconds(5)

    init(database: Database, logger: Logger) {
        self.store = AccessEventStore(database: database)
        self.database = database
        self.logger = logger
    }

    /// Reads until the service stops; then every follower's signals end.
    func run() async throws {
        defer { self.end() }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                let (looks, wish) = AsyncStream.makeStream(
                    of: Void.self, bufferingPolicy: .bufferingNewest(1))
                group.addTask {
                    for await _ in self.database.listen(channel: AccessEventStore.channel) {
                        wish.yield()
                    }
                }
                group.addTask {
                    while !Task.isCancelled {
                        wish.yield()
                        // Cancellation ends the sleep, and the loop with it.
                        try? await Task.sleep(for: Self.interval)
                    }
                    wish.finish()
                }
                group.addTask {
                    for await _ in looks { await self.look() }
                }
            }
        }
    }

    /// Reads what is new and wakes the followers.
    private func look() async {
        do {
            var isBehind = true
            while isBehind {
                let position = self.state.withLock { $0.log.position }
                let batch = try await self.store.events(
                    after: position ?? 0, limit: position == nil ? 1 : AccessEventStore.batchSize,
                    deadline: .now + Self.readTimeout)
                isBehind = self.state.withLock { $0.log.apply(batch) }
            }
        } catch is CancellationError {
            return
        } catch {
            self.noteInterruption(error)
            return
        }
        self.noteInterruption(nil)
        for follower in self.state.withLock({ Array($0.followers.values) }) { follower.yield() }
    }

    /// Logs the beginning and the end of an outage.
    private func noteInterruption(_ error: (any Error)?) {
        let isNews = self.state.withLock { state in
            defer { state.isInterrupted = error != nil }
            return state.isInterrupted != (error != nil)
        }
        guard isNews else { return }
        if let error {
            self.logger.warning(
                "access events cannot be read; followers get no heartbeat until they can",
                metadata: ["error": "\(error)"])
        } else {
            self.logger.notice("access events are read again")
        }
    }

    private func end() {
        let followers = self.state.withLock { state in
            state.isOver = true
            defer { state.followers = [:] }
            return Array(state.followers.values)
        }
        for follower in followers { follower.finish() }
    }

    /// Signals at once and after every look at the table that succeeded; ends when the service
    /// stops.
    func signals() -> AsyncStream<Void> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Void.self, bufferingPolicy: .bufferingNewest(1))
        continuation.yield()
        let number: UInt64? = self.state.withLock { state in
            guard !state.isOver else { return nil }
            state.nextFollower += 1
            state.followers[state.nextFollower] = continuation
            return state.nextFollower
        }
        guard let number else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { state in
                // Gone already where the service stopped.
                _ = state.followers.removeValue(forKey: number)
            }
        }
        return stream
    }

    /// The past that cursors belong to.
    var epoch: Int { self.state.withLock { $0.log.epoch } }

    /// What comes after a follower's cursor.
    func events(after cursor: Int64, epoch: Int) -> AccessLog.Found {
        self.state.withLock { $0.log.events(after: cursor, epoch: epoch) }
    }
}
