internal import FoundationEssentials
internal import IdentityAPI
package import Postgres

/// Why a session was ended before its time.
enum RevokeReason: String, SQLEnum, CaseIterable {
    case signedOut = "signed_out"
    case revoked
    case revokedByAdministrator = "revoked_by_administrator"
    case passwordChanged = "password_changed"
    case userDisabled = "user_disabled"
    case tokenReused = "token_reused"
    case sessionLimit = "session_limit"
}

/// The SQL of sessions.  Ending one publishes it in the same transaction.
struct SessionStore: Sendable {
    let database: Database

    /// A person's sessions that have not ended, the latest activity first.
    func list(
        of userID: UUID, current: UUID, deadline: ContinuousClock.Instant?
    ) async throws -> [Session] {
        let result = try await self.database.read(
            """
            SELECT id, id = \(current) AS is_current, client_address, user_agent, created_at,
                last_activity_at, idle_expires_at
            FROM identity.sessions
            WHERE user_id = \(userID) AND revoked_at IS NULL AND idle_expires_at > now()
            ORDER BY last_activity_at DESC, id DESC LIMIT 200
            """,
            as: .person(userID), deadline: deadline)
        return try result.decode()
    }

    /// Ends one session of the caller.
    ///
    /// - Parameter event: records it, if ``hasEnded(_:)``.
    /// - Returns: whether the caller has, or had, such a session.
    func revoke(
        _ sessionID: UUID, of userID: UUID, reason: RevokeReason, recording event: SQL,
        deadline: ContinuousClock.Instant?
    ) async throws -> Bool {
        let results = try await self.database.write(
            "SELECT FROM identity.sessions WHERE id = \(sessionID) AND user_id = \(userID)",
            Self.revoke(sessionID, of: userID, reason: reason),
            event,
            as: .person(userID), deadline: deadline)
        return !results[0].rows.isEmpty
    }

    /// Ends the caller's sessions, but perhaps one.
    ///
    /// - Parameter recording: records that so many were ended; asked if any were.
    /// - Returns: how many were ended.
    func revokeAll(
        of userID: UUID, except kept: UUID?, reason: RevokeReason,
        recording: (_ count: Int) throws -> SQL, deadline: ContinuousClock.Instant?
    ) async throws -> Int {
        try await self.database.transaction(as: .person(userID), deadline: deadline) {
            transaction in
            let count = try await transaction.execute(
                Self.revokeAll(of: userID, except: kept, reason: reason)
            ).affectedRowCount
            if count > 0 { _ = try await transaction.execute(recording(count)) }
            return count
        }
    }

    /// Whether a statement before this one in its transaction has ended a session.
    static func hasEnded(_ sessionID: UUID) -> SQL {
        """
        EXISTS (SELECT FROM identity.sessions s
            WHERE s.id = \(sessionID) AND s.revoked_at IS NOT NULL
                AND s.xmin = pg_current_xact_id()::xid)
        """
    }

    /// Whether a statement before this one in its transaction has ended sessions beyond the limit.
    static func hasEndedBeyondLimit(_ userID: UUID) -> SQL {
        """
        EXISTS (SELECT FROM identity.sessions s
            WHERE s.user_id = \(userID) AND s.revoke_reason = \(RevokeReason.sessionLimit)
                AND s.xmin = pg_current_xact_id()::xid)
        """
    }

    /// Ends one session.
    static func revoke(_ sessionID: UUID, of userID: UUID, reason: RevokeReason) -> SQL {
        self.revoke(
            reason: reason, where: "s.id = \(sessionID) AND s.user_id = \(userID)")
    }

    /// Ends a person's sessions, but perhaps one.
    static func revokeAll(of userID: UUID, except kept: UUID?, reason: RevokeReason) -> SQL {
        self.revoke(
            reason: reason,
            where: "s.user_id = \(userID) AND s.id IS DISTINCT FROM \(kept)")
    }

    /// Ends the sessions that a person has beyond a number, those unused for longest.
    static func revokeBeyondLimit(_ userID: UUID, limit: Int) -> SQL {
        self.revoke(
            reason: .sessionLimit,
            where: """
                s.id IN (SELECT id FROM identity.sessions
                         WHERE user_id = \(userID) AND revoked_at IS NULL
                             AND idle_expires_at > now()
                         ORDER BY last_activity_at DESC, id DESC OFFSET \(limit))
                """)
    }

    /// Ends sessions `s` and publishes each; one row for each that was ended.
    ///
    /// The sort makes Postgres take all the sessions' row locks before the one that orders the
    /// published events, so that two transactions cannot wait for each other.
    private static func revoke(reason: RevokeReason, where condition: SQL) -> SQL {
        """
        WITH ended AS (
            UPDATE identity.sessions s SET revoked_at = now(), revoke_reason = \(reason)
            WHERE s.revoked_at IS NULL AND \(fragment: condition)
            RETURNING s.id, s.user_id, s.revoked_at
        )
        SELECT identity.publish_access(
            'session_revoked', identity.revocation(id, user_id, revoked_at)) AS position
        FROM (SELECT * FROM ended ORDER BY id) AS sorted
        """
    }
}

extension Session: RowDecodable {
    package init(row: Row) throws {
        let address: InternetAddress? = try row.get("client_address")
        self.init(
            id: try row.get("id"),
            isCurrent: try row.get("is_current"),
            clientAddress: address.map { "\($0)" },
            userAgent: try row.get("user_agent"),
            createdAt: try row.get("created_at"),
            lastActivityAt: try row.get("last_activity_at"),
            expiresAt: try row.get("idle_expires_at"))
    }
}
