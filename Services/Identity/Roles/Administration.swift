internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Runs changes of who may do what: one at a time, and each against the caller's rights at that
/// very moment rather than when the call arrived.
struct Administration: Sendable {
    let database: Database
    let answers: KeptAnswers
    let audit: AuditOutbox

    /// An arbitrary number that means "access is being administered".
    private static let lock: Int64 = 0x5354_5741_5244_4944

    /// Runs a change as one transaction, and records it; with an idempotency key, once.
    ///
    /// - Parameters:
    ///   - permissions: what the caller must still hold beside what the method's contract names.
    ///   - change: may read what the caller holds; publishes what it changed as its last step, and
    ///     returns the answer with what is to be recorded, which is nothing where nothing changed.
    /// - Throws: what `change` throws; `audit.outbox_full`; `identity.last_superuser` if nobody
    ///   active would hold all permissions any more.
    func perform<M: UnaryMethod>(
        _ request: M, _ context: CallContext, requiring permissions: [String] = [],
        _ change: (Transaction, _ held: [String]) async throws -> (M.Reply, AuditFact?)
    ) async throws -> M.Reply {
        let caller = try context.requireCaller()
        let call = try self.answers.call(request, context)
        let claim = call.map(self.answers.claim) ?? []
        return try await RPCError.explaining {
            try await self.database.transaction(
                as: .purpose("administration"), deadline: context.deadline, retrying: 3
            ) { transaction in
                // Each statement sees what was committed before it began: the second one begins
                // when the lock is held.
                let results = try await transaction.batch(
                    [
                        "SELECT pg_advisory_xact_lock(\(Self.lock))", Self.authority(of: caller),
                        Self.hasSuperuser,
                    ] + claim)
                guard let row = results[1].rows.first, try row.get("is_valid") else {
                    throw RPCError.sessionEnded
                }
                let held: [String] = try row.get("held")
                try RoleRules.requireCover(
                    held: held, wanted: M.contract.permissions + permissions)
                if let call, let kept: M.Reply = try self.answers.answer(to: call, in: results) {
                    return kept
                }
                let (value, fact) = try await change(transaction, held)
                var last = try call.map { [try self.answers.keep(value, of: $0)] } ?? []
                if var fact {
                    fact.payload.username = try row.get("name")
                    last.append(try self.audit.record(fact, in: context))
                }
                let hadSuperuser = try results[2].rows.first?.get("exists") == true
                if hadSuperuser { last.append(Self.hasSuperuser) }
                let ending = try await transaction.batch(last)
                if hadSuperuser {
                    guard try ending.last?.rows.first?.get("exists") == true else {
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
            u.is_active AND s.revoked_at IS NULL AS is_valid,
            coalesce(u.username, u.email) AS name
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
