internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres

/// Access events from the table.
struct AccessBatch: Sendable {
    /// The latest position there is, seen in the same instant.
    let reached: Int64
    /// Events in order without gaps; may end before `reached`.
    let events: [AccessEvent]
}

/// The SQL of the access stream.
struct AccessEventStore: Sendable {
    let database: Database

    /// The channel on which every new position is announced.
    static let channel = "identity_access"
    /// The most events that are read at a time.
    static let batchSize = 500

    private static let identity = DatabaseIdentity.purpose("access_stream")

    /// The next events after a position.
    func events(
        after position: Int64, limit: Int = batchSize,
        deadline: ContinuousClock.Instant? = nil
    ) async throws -> AccessBatch {
        let result = try await self.database.read(
            """
            SELECT p.position AS reached, e.position, e.kind, e.payload
            FROM identity.access_position p
            LEFT JOIN identity.access_events e ON e.position > \(position)
            ORDER BY e.position LIMIT \(limit)
            """,
            as: Self.identity, deadline: deadline)
        return AccessBatch(
            reached: try result.rows.first?.get("reached") ?? 0,
            events: try result.rows.compactMap { row in
                guard let position: Int64 = try row.get("position") else { return nil }
                return try AccessEvent(
                    position: position, kind: row.get("kind"), payload: row.get("payload"))
            })
    }

    /// Everything that a service needs to know to decide about calls, as of one instant: one
    /// statement sees one snapshot.
    ///
    /// - Parameter includesProfiles: whether everybody's name is wanted too.
    func snapshot(
        includesProfiles: Bool = false, deadline: ContinuousClock.Instant? = nil
    ) async throws -> (position: Int64, events: [AccessEvent]) {
        let result = try await self.database.query(
            """
            SELECT (SELECT position FROM identity.access_position) AS position, kind, payload
            FROM (
                SELECT 1 AS rank, 'signing_key' AS kind, jsonb_build_object(
                    'id', id, 'publicKey', encode(public_key, 'base64')) AS payload
                FROM identity.signing_keys WHERE retired_at IS NULL
                UNION ALL
                SELECT 2, 'role', identity.role_access(id) FROM identity.roles
                UNION ALL
                SELECT 3, 'person', identity.person_access(u.id) FROM identity.users u
                WHERE NOT u.is_active
                    OR EXISTS (SELECT FROM identity.user_roles ur WHERE ur.user_id = u.id)
                    OR EXISTS (SELECT FROM identity.user_permissions up WHERE up.user_id = u.id)
                UNION ALL
                SELECT 4, 'session_revoked',
                    identity.revocation(s.id, s.user_id, s.revoked_at)
                FROM identity.sessions s WHERE s.revoked_at > now() - interval '6 minutes'
                UNION ALL
                SELECT 5, 'profile', identity.person_profile(u.id) FROM identity.users u
                WHERE \(includesProfiles)
            ) AS facts ORDER BY rank
            """,
            as: Self.identity, deadline: deadline)
        guard let position: Int64 = try result.rows.first?.get("position") else {
            throw DatabaseError(code: .decoding, message: "the access snapshot is empty")
        }
        return (
            position,
            try result.rows.map { row in
                try AccessEvent(
                    position: position, kind: row.get("kind"), payload: row.get("payload"))
            }
        )
    }
}
