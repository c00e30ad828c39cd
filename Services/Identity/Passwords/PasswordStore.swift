internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import Sodium

/// A person's own password, with what decides whether it may be tried.
struct OwnPassword: Sendable {
    let hash: String?
    let user: User
    /// How long failures forbid another attempt.
    let remainingLock: Duration?
}

/// The SQL of changing one's password.
struct PasswordStore: Sendable {
    let database: Database

    /// Reads the caller's hash and names.
    func own(_ userID: UUID, deadline: ContinuousClock.Instant?) async throws -> OwnPassword? {
        let results = try await self.database.write(
            "SELECT password_hash FROM identity.password_hashes WHERE user_id = \(userID)",
            UserRow.select(id: userID),
            as: .person(userID), deadline: deadline)
        guard let user: User = try results[1].decodeFirst() else { return nil }
        let lock = try await self.database.read(
            ThrottleStore.remainingLock(key: Self.throttleKey(userID)),
            as: .purpose("sign_in"), deadline: deadline)
        return OwnPassword(
            hash: try results[0].rows.first?.get("password_hash"), user: user,
            remainingLock: try lock.rows.first.map { .seconds(try $0.get("seconds") as Double) })
    }

    /// Counts a wrong guess of the current password, and records it.
    func countFailure(
        _ userID: UUID, recording: [SQL], deadline: ContinuousClock.Instant?
    ) async throws {
        _ = try await self.database.write(
            ThrottleStore.countFailure(key: Self.throttleKey(userID), kind: .account) + recording,
            as: .purpose("sign_in"), deadline: deadline)
    }

    /// Replaces the hash and ends other sessions, unless the hash changed since it was read.
    ///
    /// - Parameters:
    ///   - kept: the session that goes on; `nil` if all do.
    ///   - recording: records the change, and how many sessions it ended.
    /// - Returns: how many sessions were ended; `nil` if the hash was another.
    func replace(
        _ old: String, with new: String, of userID: UUID, endingAllBut kept: UUID?,
        recording: (_ endedSessionCount: Int) throws -> SQL, deadline: ContinuousClock.Instant?
    ) async throws -> Int? {
        try await self.database.transaction(as: .person(userID), deadline: deadline) {
            transaction in
            let changed = try await transaction.execute(
                """
                UPDATE identity.password_hashes SET password_hash = \(new)
                WHERE user_id = \(userID) AND password_hash = \(old)
                """)
            guard changed.affectedRowCount == 1 else { return nil }
            let touch: SQL = """
                UPDATE identity.users SET password_changed_at = now(), version = version + 1
                WHERE id = \(userID)
                """
            guard let kept else {
                _ = try await transaction.batch([touch, try recording(0)])
                return 0
            }
            let results = try await transaction.batch([
                touch, SessionStore.revokeAll(of: userID, except: kept, reason: .passwordChanged),
            ])
            let count = results[1].affectedRowCount
            _ = try await transaction.execute(recording(count))
            return count
        }
    }

    private static func throttleKey(_ userID: UUID) -> Data {
        Data(Sodium.sha256("change password\0\(userID.uuidString)"))
    }
}
