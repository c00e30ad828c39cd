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
    /// - Returns: the profile after the change.
    /// - Throws: `identity.version_conflict` if its version was another.
    func update(
        _ userID: UUID, _ change: ProfileChange, once call: KeyedCall?,
        deadline: ContinuousClock.Instant?
    ) async throws -> User {
        let assignments = (change.assignments + ["version = version + 1"]).joined(separator: ", ")
        var update: SQL = """
            UPDATE identity.users SET \(fragment: assignments) WHERE id = \(userID)
            """
        if let version = change.expectedVersion { update += " AND version = \(version)" }
        let select = UserRow.select(id: userID)
        guard let call else {
            return try Self.user(
                try await self.database.write(
                    update, select, as: .person(userID), deadline: deadline))
        }
        return try await self.answers.once(
            call, in: self.database, as: .person(userID), deadline: deadline
        ) { claimed in
            [
                "WITH \(fragment: claimed) \(fragment: update) AND EXISTS (SELECT FROM claimed)",
                select,
            ]
        } answer: {
            try Self.user($0)
        }
    }

    /// The profile that a change has left.
    private static func user(_ results: [QueryResult]) throws -> User {
        guard results[0].affectedRowCount == 1, let user: User = try results[1].decodeFirst()
        else { throw RPCError.versionConflict }
        return user
    }
}
