internal import Postgres
internal import ServiceKit

/// The SQL of what is tidied up.  Every statement removes a bounded number of rows.
struct MaintenanceStore: Sendable {
    let database: Database
    let answers: KeptAnswers

    /// The most rows that one statement removes.
    static let batchSize = 1_000

    /// Forgets sealed successors whose moment has passed.
    func forgetSuccessors() async throws {
        _ = try await self.database.write(
            """
            UPDATE identity.refresh_tokens SET successor_sealed = NULL
            WHERE successor_sealed IS NOT NULL AND successor_until < now()
            """,
            as: .purpose("maintenance"))
    }

    /// Removes what has lost its meaning.
    ///
    /// - Returns: whether there may be more.
    func prune() async throws -> Bool {
        let results = try await self.database.write(
            // An ended session matters no longer than its last access token lives; a day helps
            // whoever looks into what happened.
            Self.delete(
                "identity.sessions",
                where: """
                    idle_expires_at < now() - interval '1 day'
                        OR revoked_at < now() - interval '1 day'
                    """),
            Self.delete(
                "identity.refresh_tokens", where: "expires_at < now() - interval '1 day'"),
            Self.delete(
                "identity.sign_in_throttle",
                where: "last_attempt_at < now() - interval '25 hours'"),
            Self.delete(
                "identity.known_sources", where: "last_used_at < now() - interval '180 days'"),
            Self.delete(
                "identity.access_events", where: "created_at < now() - interval '1 day'"),
            Self.delete(
                "identity.signing_keys", where: "retired_at < now() - interval '30 days'"),
            self.answers.prune(limit: Self.batchSize),
            as: .purpose("maintenance"))
        return results.contains { $0.affectedRowCount >= Self.batchSize }
    }

    private static func delete(_ table: StaticString, where condition: SQL) -> SQL {
        """
        DELETE FROM \(raw: table) WHERE ctid = ANY (ARRAY(
            SELECT ctid FROM \(raw: table) WHERE \(fragment: condition)
            LIMIT \(Self.batchSize)))
        """
    }
}
