internal import Logging
internal import Postgres
internal import ServiceKit
internal import ServiceLifecycle

/// Removes answers to calls with idempotency keys once they have expired.
struct AnswerUpkeep: Service {
    let database: Database
    let answers: KeptAnswers
    let logger: Logger

    private static let interval: Duration = .seconds(60)
    private static let limit = 1_000

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    _ = try await self.database.write(
                        self.answers.prune(limit: Self.limit), as: .purpose("prune"),
                        deadline: .now + .seconds(30))
                } catch {
                    self.logger.debug(
                        "expired answers were not removed", metadata: ["error": "\(error)"])
                }
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
    }
}
