internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC

/// Runs changes of who may do what: one at a time, and each against the caller's rights at that
/// very moment rather than when the call arrived.
struct Administration: Sendable {
    let database: Database

    /// An arbitrary number that means "access is being administered".
    private static let lock: Int64 = 0x5354_5741_5244_4944

    /// Runs a change as one transaction.
    ///
    /// - Parameters:
    ///   - caller: who administers.
    ///   - permissions: what the caller must still hold.
    ///   - change: may read what the caller holds; publishes what it changed as its last step.
    /// - Throws: what `change` throws; `identity.last_superuser` if nobody active would hold all
    ///   permissions any more.
    func perform<Value: Sendable>(
        for caller: Caller, requiring permissions: [String],
        deadline: ContinuousClock.Instant?,
        _ change: (Transaction, _ held: [String]) async throws -> Value
    ) async throws -> Value {
        try await RPCError.explaining {
            try await self.database.transaction(
                as: .purpose("administration"), deadline: deadline, retrying: 3
            ) { transaction in
                // Each statement sees what was committed before it began: the second one begins
                // when the lock is held.
                let results = try await transaction.batch([
                    "SELECT pg_advisory_xact_lock(\(Self.lock))", Self.authority(of: caller),
                    Self.hasSuperuser,
                ])
                guard let row = results[1].rows.first, try row.get("is_valid") else {
                    throw RPCError.sessionEnded
                }
                let held: [String] = try row.get("held")
                try RoleRules.requireCover(held: held, wanted: permissions)
                let value = try await change(transaction, held)
                if try results[2].rows.first?.get("exists") == true {
                    let still = try await transaction.execute(Self.hasSuperuser)
                    guard try still.rows.first?.get("exists") == true else {
                        throw RPCError.lastSuperuser
                    }
                }
                return value
            }
        }
    }

    private static func authority(of caller: Caller) -> SQL {
        """
        SELECT identity.effective_permissions(u.id) AS held,
            u.is_active AND s.revoked_at IS NULL AS is_valid
        FROM identity.users u
        JOIN identity.sessions s ON s.user_id = u.id AND s.id = \(caller.sessionID)
        WHERE u.id = \(caller.userID)
        """
    }

    /// Whether somebody active holds all permissions.
    private static let hasSuperuser: SQL = """
        SELECT EXISTS (
            SELECT FROM identity.permissions p
            JOIN identity.role_permissions rp ON rp.permission_id = p.id
            JOIN identity.user_roles ur ON ur.role_id = rp.role_id
            JOIN identity.users u ON u.id = ur.user_id AND u.is_active
            WHERE p.name = '*:*'
        ) OR EXISTS (
            SELECT FROM identity.permissions p
            JOIN identity.user_permissions up ON up.permission_id = p.id
            JOIN identity.users u ON u.id = up.user_id AND u.is_active
            WHERE p.name = '*:*'
        ) AS exists
        """
}

extension Transaction {
    /// An account that a change is about.
    ///
    /// - Throws: `identity.not_found`.
    func user(_ id: UUID) async throws -> User {
        guard let user: User = try await self.execute(UserRow.select(id: id)).decodeFirst()
        else { throw RPCError.notFound("user") }
        return user
    }

    /// Everything that somebody may do.
    func effectivePermissions(of userID: UUID) async throws -> [String] {
        let result = try await self.execute(
            "SELECT identity.effective_permissions(\(userID)) AS held")
        return try result.rows.first?.get("held") ?? []
    }
}
