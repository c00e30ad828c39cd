internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import ServiceKit

/// How an exchange of a refresh token ended.
enum RefreshOutcome: Sendable {
    /// The session goes on.
    case refreshed(RefreshedSession)
    /// The session was ended because the token had been exchanged before.
    case reused
    /// The token is good for nothing.
    case refused
}

/// A session that goes on.
struct RefreshedSession: Sendable {
    let sessionID: UUID
    let user: User
    let authenticatedAt: Date
    let refreshToken: RefreshToken
    let refreshTokenExpiresAt: Date
}

/// The SQL of exchanging refresh tokens.
struct RefreshStore: Sendable {
    let database: Database
    let lifetimes: SessionLifetimes

    /// How often an exchange is begun anew because another one of the same token was quicker; the
    /// second try already finds what the other did.
    private static let attemptLimit = 3

    /// Exchanges a token: one read that decides, and one write that only succeeds if the decision
    /// still holds.
    ///
    /// Of parallel exchanges one writes; the others wait for it on the token's row, find it used,
    /// and read the successor that it left.
    ///
    /// - Parameter recording: makes the statement that records what happened, if something did.
    func exchange(
        _ token: RefreshToken, for successor: RefreshToken, clientAddress: InternetAddress?,
        recording: (_ fact: AuditFact, _ condition: SQL) throws -> SQL,
        deadline: ContinuousClock.Instant?
    ) async throws -> RefreshOutcome {
        for _ in 0..<Self.attemptLimit {
            let result = try await self.database.read(
                Self.state(of: token), as: Self.identity, deadline: deadline)
            guard let found: FoundToken = try result.decodeFirst() else { return .refused }
            switch RefreshRules.decide(found.state) {
            case .rotate:
                let event = try recording(
                    .sessionRefreshed(found.sessionID, of: found.userID, found.accountName),
                    Self.exists(successor))
                let session = try await self.rotate(
                    token, to: successor, of: found, clientAddress: clientAddress,
                    recording: event, deadline: deadline)
                if let session { return .refreshed(session) }
            case .repeatSuccessor:
                return try await self.repeatSuccessor(of: token, found, deadline: deadline)
            case .reused:
                _ = try await self.database.write(
                    SessionStore.revoke(found.sessionID, of: found.userID, reason: .tokenReused),
                    recording(
                        .tokenReused(found.sessionID, of: found.userID),
                        SessionStore.hasEnded(found.sessionID)),
                    as: Self.identity, deadline: deadline)
                return .reused
            case .refuse:
                return .refused
            }
        }
        throw DatabaseError(
            code: .serializationFailure, message: "a refresh token changes all the time")
    }

    private static let identity = DatabaseIdentity.purpose("refresh")

    private func repeatSuccessor(
        of token: RefreshToken, _ found: FoundToken, deadline: ContinuousClock.Instant?
    ) async throws -> RefreshOutcome {
        guard let sealed = found.successorSealed, let expiresAt = found.successorExpiresAt else {
            return .refused
        }
        let user = try await self.database.read(
            UserRow.select(id: found.userID), as: Self.identity, deadline: deadline)
        return .refreshed(
            try found.session(
                user: user, refreshToken: try token.openSuccessor(sealed), expiresAt: expiresAt))
    }

    /// Marks the token used, stores its successor and moves the session's end.
    ///
    /// - Returns: `nil` if the token was used or its session ended meanwhile; whoever reads its
    ///   state anew learns which.
    private func rotate(
        _ token: RefreshToken, to successor: RefreshToken, of found: FoundToken,
        clientAddress: InternetAddress?, recording event: SQL,
        deadline: ContinuousClock.Instant?
    ) async throws -> RefreshedSession? {
        let results = try await self.database.write(
            """
            WITH used AS (
                UPDATE identity.refresh_tokens SET used_at = now(),
                    successor_sealed = \(try token.seal(successor: successor)),
                    successor_until = now()
                        + make_interval(secs => \(self.lifetimes.successorGrace.seconds))
                WHERE token_hash = \(token.hash) AND used_at IS NULL AND expires_at > now()
                RETURNING session_id
            ), session AS (
                UPDATE identity.sessions s SET last_activity_at = now(),
                    client_address = coalesce(\(clientAddress), s.client_address),
                    idle_expires_at = least(s.expires_at,
                        now() + make_interval(secs => \(self.lifetimes.idle.seconds)))
                FROM used
                WHERE s.id = used.session_id AND s.revoked_at IS NULL AND s.expires_at > now()
                RETURNING s.id, s.idle_expires_at
            )
            INSERT INTO identity.refresh_tokens (token_hash, session_id, parent_hash, expires_at)
            SELECT \(successor.hash), id, \(token.hash), idle_expires_at FROM session
            RETURNING expires_at
            """,
            UserRow.select(id: found.userID),
            event,
            as: Self.identity, deadline: deadline)
        guard let row = results[0].rows.first else { return nil }
        return try found.session(
            user: results[1], refreshToken: successor, expiresAt: row.get("expires_at"))
    }

    /// Whether a statement before this one in its transaction has stored a token.
    private static func exists(_ token: RefreshToken) -> SQL {
        "EXISTS (SELECT FROM identity.refresh_tokens WHERE token_hash = \(token.hash))"
    }

    private static func state(of token: RefreshToken) -> SQL {
        """
        SELECT s.id AS session_id, s.user_id, s.authenticated_at,
            coalesce(u.username, u.email) AS account_name,
            s.revoked_at IS NOT NULL OR s.expires_at <= now() AS is_session_over,
            u.is_active AND u.erased_at IS NULL AS is_user_active,
            t.expires_at <= now() AS is_expired,
            t.used_at IS NOT NULL AS is_used,
            coalesce(t.successor_until > clock_timestamp(), false) AS is_within_grace,
            coalesce(successor.used_at IS NOT NULL, false) AS is_successor_used,
            t.successor_sealed, successor.expires_at AS successor_expires_at
        FROM identity.refresh_tokens t
        JOIN identity.sessions s ON s.id = t.session_id
        JOIN identity.users u ON u.id = s.user_id
        LEFT JOIN identity.refresh_tokens successor ON successor.parent_hash = t.token_hash
        WHERE t.token_hash = \(token.hash)
        """
    }
}

/// A refresh token that exists, with all that decides about it.
private struct FoundToken: RowDecodable {
    let sessionID: UUID
    let userID: UUID
    /// The user name, or the address of who has none.
    let accountName: String?
    let authenticatedAt: Date
    let successorSealed: Data?
    let successorExpiresAt: Date?
    let state: RefreshState

    init(row: Row) throws {
        self.sessionID = try row.get("session_id")
        self.userID = try row.get("user_id")
        self.accountName = try row.get("account_name")
        self.authenticatedAt = try row.get("authenticated_at")
        self.successorSealed = try row.get("successor_sealed")
        self.successorExpiresAt = try row.get("successor_expires_at")
        self.state = RefreshState(
            isSessionOver: try row.get("is_session_over"),
            isUserActive: try row.get("is_user_active"),
            isExpired: try row.get("is_expired"),
            isUsed: try row.get("is_used"),
            isWithinGrace: try row.get("is_within_grace"),
            isSuccessorUsed: try row.get("is_successor_used"),
            hasSealedSuccessor: self.successorSealed != nil)
    }

    func session(
        user: QueryResult, refreshToken: RefreshToken, expiresAt: Date
    ) throws -> RefreshedSession {
        guard let user: User = try user.decodeFirst() else {
            throw DatabaseError(code: .decoding, message: "a session has no user")
        }
        return RefreshedSession(
            sessionID: self.sessionID, user: user, authenticatedAt: self.authenticatedAt,
            refreshToken: refreshToken, refreshTokenExpiresAt: expiresAt)
    }
}
