internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Takes a producer off the list of those of whom something should be heard.
///
/// Its events stay as they are, and when it calls again it is one of the others again.  That it was
/// retired, and why, is an event in the log.
struct ProducerRetirement: Sendable {
    let database: Database
    /// Where it is recorded.
    let audit: AuditOutbox

    /// How long nothing must have been heard of a producer that is retired: three times what a
    /// relay without news leaves between two calls.
    static let silence: Duration = .seconds(60)

    /// Retires a producer.
    ///
    /// - Parameter reason: why, for whoever reads the log later.
    /// - Throws: a ``StartupError`` if there is no such producer, if it still calls, or if it is
    ///   retired already; `audit.outbox_full`.
    func retire(_ producer: String, reason: String) async throws {
        let event = try self.audit.record(
            AuditFact(
                .producerRetired, of: AuditResource("producer", producer),
                payload: AuditPayload(details: .object(["reason": .string(reason)])),
                priority: .repair),
            in: nil, if: "EXISTS (SELECT FROM retired)")
        let results = try await self.database.write(
            """
            WITH retired AS (
                UPDATE audit.producers SET retired_at = clock_timestamp()
                WHERE producer = \(producer) AND producer <> \(EpochBeginning.producer)
                    AND last_seen_at < clock_timestamp()
                        - make_interval(secs => \(Self.silence / .seconds(1)))
                    AND coalesce(retired_at < last_seen_at, true)
                RETURNING producer
            ) \(fragment: event)
            """,
            as: .purpose("ingest"), deadline: .now + .seconds(10))
        guard results[0].affectedRowCount == 1 else {
            throw StartupError.failed(
                "“\(producer)” is no producer of this log, has called within the last minute, or "
                    + "is retired already.")
        }
    }
}
