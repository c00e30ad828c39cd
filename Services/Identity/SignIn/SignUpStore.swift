internal import FoundationEssentials
internal import Postgres
internal import Sodium

/// Whether somebody may make an account now.
struct SignUpAdmission: Sendable {
    let isOpen: Bool
    /// How long the place has to wait.
    let remainingLock: Duration?
}

/// The SQL of signing up.
struct SignUpStore: Sendable {
    let database: Database

    /// Reads whether sign-up is open, and whether the place has made too many accounts lately.
    func admission(
        source: SignInSource, deadline: ContinuousClock.Instant?
    ) async throws -> SignUpAdmission {
        let result = try await self.database.read(
            """
            SELECT (s.value = 'true'::jsonb) AS is_open, lock.seconds
            FROM identity.settings s
            LEFT JOIN (\(fragment: ThrottleStore.remainingLock(key: Self.key(source)))) lock
                ON true
            WHERE s.key = 'sign_up.is_open'
            """,
            as: .purpose("sign_up"), deadline: deadline)
        let seconds: Double? = try result.rows.first?.get("seconds")
        return SignUpAdmission(
            isOpen: try result.rows.first?.get("is_open") ?? false,
            remainingLock: seconds.map { .seconds($0) })
    }

    /// Makes an account unless its address or user name is taken; the same statements both times.
    ///
    /// - Parameter event: records it, if ``NewUser/exists``.
    func create(
        _ user: NewUser, source: SignInSource, recording event: SQL,
        deadline: ContinuousClock.Instant?
    ) async throws {
        _ = try await self.database.write(
            ThrottleStore.countFailure(key: Self.key(source), kind: .signUp)
                + [user.insert(skipsTaken: true), event, user.publish],
            as: .purpose("sign_up"), deadline: deadline)
    }

    private static func key(_ source: SignInSource) -> Data {
        Data(Sodium.sha256(Array("sign up\0".utf8) + Array(source.hash)))
    }
}
