internal import Locks
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

/// Knows whether the database answers, so that calls which cannot be recorded are refused at once
/// and with the reason, instead of waiting until their callers' time is over.
final class DatabaseWatch: Service {
    /// Time between questions.
    private static let interval = Duration.milliseconds(500)
    /// How long an answer may take.
    private static let patience = Duration.seconds(2)
    /// How many answers in a row may stay away: one may be late on a busy machine.
    private static let missingLimit = 2

    private let database: Database
    private let missing = Mutex(0)

    /// Watches a database; ``run()`` asks it.
    init(_ database: Database) { self.database = database }

    /// Whether it cannot be reached, or does not answer.
    var isAway: Bool {
        self.missing.withLock { $0 >= Self.missingLimit } || self.database.statistics.isDown
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.ask()
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Asks once.
    func ask() async {
        do {
            try await self.database.ping(deadline: .now + Self.patience)
            self.missing.withLock { $0 = 0 }
        } catch {
            self.missing.withLock { $0 = min($0 + 1, Self.missingLimit) }
        }
    }
}
