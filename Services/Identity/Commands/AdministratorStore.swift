internal import FoundationEssentials
internal import Postgres

/// The SQL of making the first administrator; runs as the schema's owner.
struct AdministratorStore: Sendable {
    let database: Database
    let ownerRole: String

    /// How the making of an administrator ended.
    enum Outcome: Sendable, Hashable {
        case created(UUID)
        /// Another account has the address or user name.
        case taken
        /// An active administrator exists and none was to be made beside it.
        case notNeeded
    }

    /// Makes an account with the role `superadmin`.
    ///
    /// - Parameters:
    ///   - onlyIfMissing: do nothing where somebody active holds all permissions.
    ///   - event: records that the account was made.
    func create(
        _ user: NewUser, onlyIfMissing: Bool, recording event: SQL
    ) async throws -> Outcome {
        try await self.database.transaction(as: .purpose("create_administrator")) {
            transaction in
            _ = try await transaction.execute("SET LOCAL ROLE \(identifier: self.ownerRole)")
            if onlyIfMissing {
                let existing = try await transaction.execute(Self.superusers)
                guard existing.rows.isEmpty else { return .notNeeded }
            }
            let inserted = try await transaction.execute(user.insert(skipsTaken: true))
            guard let id: UUID = try inserted.rows.first?.get("id") else { return .taken }
            let granted = try await transaction.execute(
                """
                INSERT INTO identity.user_roles (user_id, role_id)
                SELECT \(id), r.id FROM identity.roles r WHERE r.name = 'superadmin'
                """)
            guard granted.affectedRowCount == 1 else {
                throw DatabaseError(code: .other, message: "there is no role superadmin")
            }
            _ = try await transaction.batch([event, RoleStore.publish(person: id), user.publish])
            return .created(id)
        }
    }

    private static let superusers: SQL = """
        SELECT u.id FROM identity.users u
        WHERE u.is_active AND '*:*' = ANY (identity.effective_permissions(u.id)) LIMIT 1
        """
}
