internal import Logging
internal import Postgres
internal import ServiceKit
internal import ServiceLifecycle

/// Removes what is no longer needed, a few rows at a time: deleted conversations, idempotency keys
/// and answers that have expired, messages of imports that never ended.
struct Purge: Service {
    let database: Database
    let answers: KeptAnswers
    let logger: Logger

    /// Time between looks.
    static let interval = Duration.seconds(20)
    /// Rows of one transaction; short, so that it holds up nobody.
    static let rowCount: Int32 = 200

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await self.work()
                } catch is CancellationError {
                    return
                } catch {
                    self.logger.warning(
                        "removing deleted conversations is put off",
                        metadata: ["error": "\(error)"]
                    )
                }
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Removes everything that is due.
    func work() async throws {
        while try await self.step("SELECT conversations.purge_conversations(\(Self.rowCount))") {}
        while try await self.step("SELECT conversations.purge_leftovers(\(Self.rowCount))") {}
        while try await self.prune() {}
    }

    /// Removes some answers that have expired; false when there were no more.
    private func prune() async throws -> Bool {
        let results = try await self.database.write(
            self.answers.prune(limit: Int(Self.rowCount)),
            as: .purpose("purge"),
            deadline: .now + .seconds(30)
        )
        return results[0].affectedRowCount == Int(Self.rowCount)
    }

    /// Runs one step; false when it found nothing.
    private func step(_ sql: SQL) async throws -> Bool {
        let results = try await self.database.write(
            sql,
            as: .purpose("purge"),
            deadline: .now + .seconds(30)
        )
        return try results.first?.rows.first?.get(0, as: Int32.self) ?? 0 > 0
    }
}
