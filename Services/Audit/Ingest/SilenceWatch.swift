internal import AuditAPI
internal import Locks
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

/// Notices services that used to send their events and do not call any more.
///
/// A relay without news calls three times a minute.  Whoever keeps it from calling keeps events
/// from the log, so that silence is told by the health report and recorded, once for each silence.
final class SilenceWatch: Service {
    private let database: Database
    private let audit: AuditOutbox
    private let limit: Duration
    private let logger: Logger
    private let silent = Mutex<[String]>([])

    /// How often it looks.
    private static let interval: Duration = .seconds(10)
    private static let deadline: Duration = .seconds(10)
    private static let identity = DatabaseIdentity.purpose("ingest")

    /// Watches the producers of a log.
    ///
    /// - Parameters:
    ///   - audit: where silence is recorded.
    ///   - limit: how long nothing may be heard of a producer.
    init(database: Database, audit: AuditOutbox, limit: Duration, logger: Logger) {
        self.database = database
        self.audit = audit
        self.limit = limit
        self.logger = logger
    }

    /// A dependency for the health report: the service itself goes on.
    var health: DependencyHealth {
        let silent = self.silent.withLock { $0 }
        let message =
            silent.isEmpty
            ? nil
            : "Nothing was heard for \(Int(self.limit / .seconds(1))) s and more of "
                + silent.joined(separator: ", ") + "."
        return DependencyHealth(name: "producers", isReady: true, message: message)
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            // While this service or its database was away nobody could call.
            var begin = ContinuousClock.now + self.limit
            while !Task.isCancelled {
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
                guard ContinuousClock.now >= begin, !Task.isCancelled else { continue }
                do {
                    try await self.look()
                } catch {
                    begin = .now + self.limit
                    self.silent.withLock { $0 = [] }
                    self.logger.warning(
                        "silent producers were not looked for", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Looks who is silent, and records what was not recorded yet.
    func look() async throws {
        let seconds = self.limit / .seconds(1)
        let rows = try await self.database.query(
            """
            SELECT producer, coalesce(silence_recorded_at > last_seen_at, false) AS is_recorded
            FROM audit.producers
            WHERE last_seen_at < clock_timestamp() - make_interval(secs => \(seconds))
                AND producer <> \(EpochBeginning.producer)
                AND coalesce(retired_at < last_seen_at, true)
            ORDER BY producer
            """,
            as: Self.identity, deadline: .now + Self.deadline
        ).rows
        let names = try rows.map { try $0.get("producer", as: String.self) }
        self.silent.withLock { $0 = names }
        for row in rows where try !row.get("is_recorded", as: Bool.self) {
            try await self.record(try row.get("producer"))
        }
    }

    private func record(_ producer: String) async throws {
        let seconds = self.limit / .seconds(1)
        let event = try self.audit.record(
            AuditFact(
                .producerSilent, outcome: .failed, of: AuditResource("producer", producer),
                reason: "audit.producer_silent", priority: .repair),
            in: nil, if: "EXISTS (SELECT FROM told)")
        _ = try await self.database.write(
            """
            WITH told AS (
                UPDATE audit.producers SET silence_recorded_at = clock_timestamp()
                WHERE producer = \(producer)
                    AND last_seen_at < clock_timestamp() - make_interval(secs => \(seconds))
                    AND coalesce(silence_recorded_at < last_seen_at, true)
                    AND coalesce(retired_at < last_seen_at, true)
                RETURNING producer
            ) \(fragment: event)
            """,
            as: Self.identity, deadline: .now + Self.deadline)
        self.logger.warning("a producer is silent", metadata: ["producer": "\(producer)"])
    }
}
