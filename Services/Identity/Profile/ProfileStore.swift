internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres

/// The SQL of people's own profiles; runs as the person.
struct ProfileStore: Sendable {
    let database: Database

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

    /// Changes the caller's profile.
    ///
    /// - Returns: the profile after the change; `nil` if its version was another.
    func update(
        _ userID: UUID, _ change: ProfileChange, deadline: ContinuousClock.Instant?
    ) async throws -> User? {
        let assignments = (change.assignments + ["version = version + 1"]).joined(separator: ", ")
        var update: SQL = """
            UPDATE identity.users SET \(fragment: assignments) WHERE id = \(userID)
            """
        if let version = change.expectedVersion { update += " AND version = \(version)" }
        let results = try await self.database.write(
            update, UserRow.select(id: userID), as: .person(userID), deadline: deadline)
        guard results[0].affectedRowCount == 1 else { return nil }
        return try results[1].decodeFirst()
    }
}
