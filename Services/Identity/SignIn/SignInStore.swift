internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import Sodium

/// What is known of an account at the moment somebody tries to sign in; made for unknown names too.
struct SignInCandidate: Sendable, RowDecodable {
    /// Whose account; `nil` for a name that nobody has.
    let userID: UUID?
    /// The user name, or the address of who has none; `nil` for a name that nobody has.
    let accountName: String?
    /// The stored hash, for an active account with a password.
    let passwordHash: String?
    /// What counts the account's failures.
    let accountKey: Data
    /// Whether the place has a budget of its own for this account.
    let isKnownSource: Bool
    /// Whether the account's failures forbid another attempt now.
    let isAccountLocked: Bool
    /// Whether the place's failures forbid another attempt now.
    let isSourceLocked: Bool

    init(row: Row) throws {
        self.userID = try row.get("user_id")
        self.accountName = try row.get("account_name")
        self.passwordHash = try row.get("password_hash")
        self.accountKey = try row.get("account_key")
        self.isKnownSource = try row.get("is_known_source")
        self.isAccountLocked = try row.get("is_account_locked")
        self.isSourceLocked = try row.get("is_source_locked")
    }

    /// What the account's failures count as.
    var accountKind: ThrottleStore.Kind { self.isKnownSource ? .knownSource : .account }

    /// Whether this attempt may be evaluated.
    ///
    /// From a place the person used before, only failures for this account from this very place
    /// count, so that nobody elsewhere can lock them out.
    var isLocked: Bool {
        self.isAccountLocked || (self.isSourceLocked && !self.isKnownSource)
    }
}

/// A session that was just opened.
struct OpenedSession: Sendable {
    let sessionID: UUID
    let user: User
    let authenticatedAt: Date
    let refreshTokenExpiresAt: Date

    init(session: QueryResult, user: QueryResult) throws {
        guard let row = session.rows.first, let user: User = try user.decodeFirst() else {
            throw DatabaseError(code: .decoding, message: "no session was opened")
        }
        self.sessionID = try row.get("session_id")
        self.user = user
        self.authenticatedAt = try row.get("authenticated_at")
        self.refreshTokenExpiresAt = try row.get("expires_at")
    }
}

/// The SQL of signing in.
struct SignInStore: Sendable {
    let database: Database
    let lifetimes: SessionLifetimes

    /// Looks a name up, with all that decides about the attempt, in one round trip that returns one
    /// row whether or not the name exists.
    func candidate(
        identifierKey: String, source: SignInSource, deadline: ContinuousClock.Instant?
    ) async throws -> SignInCandidate {
        let result = try await self.database.read(
            Self.lookUp(identifierKey: identifierKey, source: source), as: .purpose("sign_in"),
            deadline: deadline)
        guard let candidate: SignInCandidate = try result.decodeFirst() else {
            throw DatabaseError(code: .decoding, message: "the look-up of a name has no row")
        }
        return candidate
    }

    /// The statement that looks a name up.
    ///
    /// What counts the account's failures is computed apart: a condition with `sha256`, which is
    /// not leakproof, may not be decided by an index under row level security, and every attempt
    /// would read all that was ever counted, longer for names that exist.
    static func lookUp(identifierKey: String, source: SignInSource) -> SQL {
        let nameKey = Data(Sodium.sha256("name\0\(identifierKey)"))
        // A name that Postgres cannot hold is a name that nobody has.
        let name = identifierKey.utf8.contains(0) ? "" : identifierKey
        return """
            WITH candidate AS MATERIALIZED (
                SELECT person.id AS user_id,
                    coalesce(person.username, person.email) AS account_name, h.password_hash,
                    k.user_id IS NOT NULL AS is_known_source,
                    CASE WHEN person.id IS NULL THEN \(nameKey)
                         WHEN k.user_id IS NULL THEN sha256(uuid_send(person.id))
                         ELSE sha256(uuid_send(person.id) || k.source_hash)
                    END AS account_key
                FROM (SELECT) AS always
                LEFT JOIN identity.users person
                    ON person.email_key = \(name) OR person.username = \(name)
                LEFT JOIN identity.password_hashes h
                    ON h.user_id = person.id AND person.is_active AND person.erased_at IS NULL
                LEFT JOIN identity.known_sources k
                    ON k.user_id = person.id AND k.source_hash = \(source.hash)
            )
            SELECT candidate.*,
                coalesce(account.locked_until > now(), false) AS is_account_locked,
                coalesce(source.locked_until > now(), false) AS is_source_locked
            FROM candidate
            LEFT JOIN identity.sign_in_throttle account ON account.key = candidate.account_key
            LEFT JOIN identity.sign_in_throttle source ON source.key = \(source.hash)
            """
    }

    /// Counts a failure for the account and the place, and records it: the same statements for
    /// every reason.
    func countFailure(
        _ candidate: SignInCandidate, source: SignInSource, recording: [SQL],
        deadline: ContinuousClock.Instant?
    ) async throws {
        _ = try await self.database.write(
            ThrottleStore.countFailure(key: candidate.accountKey, kind: candidate.accountKind)
                + ThrottleStore.countFailure(key: source.hash, kind: .source) + recording,
            as: .purpose("sign_in"), deadline: deadline)
    }

    /// Opens a session for somebody whose password was right, and records it.
    ///
    /// - Returns: `nil` if failures that were counted meanwhile have locked the account, or if it
    ///   was disabled or got another password meanwhile; then nothing was done.
    func open(
        _ sessionID: UUID, for candidate: SignInCandidate, source: SignInSource,
        userAgent: String?, refreshTokenHash: Data, upgradedHash: String?, ignoresLocks: Bool,
        recording: [SQL], deadline: ContinuousClock.Instant?
    ) async throws -> OpenedSession? {
        guard let userID = candidate.userID, let passwordHash = candidate.passwordHash else {
            return nil
        }
        do {
            return try await self.database.transaction(
                as: .purpose("sign_in"), deadline: deadline, retrying: 3
            ) { transaction in
                let checks = try await transaction.batch(
                    ThrottleStore.lock(key: candidate.accountKey, kind: candidate.accountKind)
                        + [Self.markSignedIn(userID, passwordHash: passwordHash)])
                let isLocked: Bool = try checks[1].rows.first?.get("is_locked") ?? false
                guard ignoresLocks || !isLocked, checks[2].affectedRowCount == 1 else {
                    // Throwing undoes what was done so far.
                    throw SignInRefused()
                }
                let change = [
                    ThrottleStore.reset(key: candidate.accountKey),
                    self.insertSession(
                        sessionID, of: userID, source: source, userAgent: userAgent,
                        refreshTokenHash: refreshTokenHash),
                    Self.rememberSource(userID, source),
                    Self.touchSource(userID, source),
                    UserRow.select(id: userID),
                    Self.replaceHash(userID, upgradedHash),
                    SessionStore.revokeBeyondLimit(userID, limit: self.lifetimes.sessionLimit),
                ]
                let results = try await transaction.batch(change + recording)
                return try OpenedSession(session: results[1], user: results[4])
            }
        } catch is SignInRefused {
            return nil
        }
    }

    /// Notes the sign-in, unless the account changed since its hash was read.
    private static func markSignedIn(_ userID: UUID, passwordHash: String) -> SQL {
        """
        UPDATE identity.users u SET last_sign_in_at = now()
        WHERE u.id = \(userID) AND u.is_active AND u.erased_at IS NULL
            AND EXISTS (SELECT FROM identity.password_hashes h
                        WHERE h.user_id = u.id AND h.password_hash = \(passwordHash))
        """
    }

    private func insertSession(
        _ sessionID: UUID, of userID: UUID, source: SignInSource, userAgent: String?,
        refreshTokenHash: Data
    ) -> SQL {
        """
        WITH session AS (
            INSERT INTO identity.sessions
                (id, user_id, client_address, user_agent, idle_expires_at, expires_at)
            VALUES (\(sessionID), \(userID), \(source.clientAddress), \(userAgent),
                now() + make_interval(secs => \(self.lifetimes.idle.seconds)),
                now() + make_interval(secs => \(self.lifetimes.absolute.seconds)))
            RETURNING id, authenticated_at, idle_expires_at
        ), token AS (
            INSERT INTO identity.refresh_tokens (token_hash, session_id, expires_at)
            SELECT \(refreshTokenHash), id, idle_expires_at FROM session
        )
        SELECT id AS session_id, authenticated_at, idle_expires_at AS expires_at FROM session
        """
    }

    private static func rememberSource(_ userID: UUID, _ source: SignInSource) -> SQL {
        """
        INSERT INTO identity.known_sources (user_id, source_hash)
        VALUES (\(userID), \(source.hash)) ON CONFLICT DO NOTHING
        """
    }

    private static func touchSource(_ userID: UUID, _ source: SignInSource) -> SQL {
        """
        UPDATE identity.known_sources SET last_used_at = now()
        WHERE user_id = \(userID) AND source_hash = \(source.hash)
        """
    }

    private static func replaceHash(_ userID: UUID, _ hash: String?) -> SQL {
        """
        UPDATE identity.password_hashes SET password_hash = \(hash)
        WHERE user_id = \(userID) AND \(hash != nil)
        """
    }
}

/// A sign-in that turned out not to be allowed while it was being written down.
private struct SignInRefused: Error {}
