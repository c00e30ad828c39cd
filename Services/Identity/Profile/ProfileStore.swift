internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// The SQL of people's own profiles; runs as the person.
struct ProfileStore: Sendable {
    let database: Database
    let answers: KeptAnswers

    /// The caller and all they may do.
    func me(
        _ userID: UUID, deadline: ContinuousClock.Instant?
    ) async throws -> (user: User, effectivePermissions: [String])? {
        let result = try await self.database.read(
            """
            SELECT account.*,
                identity.effective_permissions(account.id) AS effective_permissions
            FROM (\(fragment: UserRow.select(id: userID))) account
            """,
            as: .person(userID), deadline: deadline)
        guard let row = result.rows.first else { return nil }
        return (try User(row: row), try row.get("effective_permissions"))
    }

    /// Changes the caller's profile; with a key, once.
    ///
    /// - Parameter recording: makes the statement that records the change, given the profile before
    ///   and after it.
    /// - Returns: the profile after the change.
    /// - Throws: `identity.version_conflict` if its version was another.
    func update(
        _ userID: UUID, _ change: ProfileChange, once call: KeyedCall?,
        recording: (_ old: User, _ new: User) throws -> SQL?,
        deadline: ContinuousClock.Instant?
    ) async throws -> User {
        let assignments = (change.assignments + ["version = version + 1"]).joined(separator: ", ")
        var update: SQL = """
            UPDATE identity.users SET \(fragment: assignments) WHERE id = \(userID)
            """
        if let version = change.expectedVersion { update += " AND version = \(version)" }
        let select = UserRow.select(id: userID)
        let lock = select + " FOR UPDATE OF u"
        func events(_ results: [QueryResult]) throws -> [SQL] {
            guard let old: User = try results[0].decodeFirst() else { return [] }
            return try recording(old, Self.user(results)).map { [$0] } ?? []
        }
        guard let call else {
            return try await self.database.transaction(
                as: .person(userID), deadline: deadline
            ) { transaction in
                let results = try await transaction.batch([lock, update, select])
                let user = try Self.user(results)
                _ = try await transaction.batch(events(results))
                return user
            }
        }
        return try await self.answers.once(
            call, in: self.database, as: .person(userID), deadline: deadline
        ) { claimed in
            [
                lock,
                "WITH \(fragment: claimed) \(fragment: update) AND EXISTS (SELECT FROM claimed)",
                select,
            ]
        } answer: {
            try Self.user($0)
        } recording: {
            try events($0)
        }
    }

    /// The profile that a change has left.
    private static func user(_ results: [QueryResult]) throws -> User {
        guard results[1].affectedRowCount == 1, let user: User = try results[2].decodeFirst()
        else { throw RPCError.versionConflict }
        return user
    }
}
