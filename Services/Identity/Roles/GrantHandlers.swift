internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Administrators give people roles and permissions, and take them back.
struct GrantHandlers: Sendable {
    let administration: Administration

    func register(in methods: inout MethodTable) {
        methods.register(GrantRole.self) { try await self.grantRole($0, $1) }
        methods.register(RevokeRole.self) { try await self.revokeRole($0, $1) }
        methods.register(GrantPermission.self) { try await self.grantPermission($0, $1) }
        methods.register(RevokePermission.self) { try await self.revokePermission($0, $1) }
    }

    func grantRole(_ request: GrantRole, _ context: CallContext) async throws -> User {
        let caller = try context.requireCaller()
        let name = try self.grantable(request.role)
        return try await self.administration.perform(request, context) {
            transaction, held in
            let before = try await transaction.user(request.userID)
            guard let role = try await transaction.role(name) else {
                throw RPCError.notFound("role")
            }
            try RoleRules.requireCover(held: held, wanted: role.permissions)
            return try await transaction.change(
                RoleStore.grant(role: role.id, to: request.userID, by: caller.userID),
                of: before
            ) { .roleGranted(name, from: before, to: $0) }
        }
    }

    func revokeRole(_ request: RevokeRole, _ context: CallContext) async throws -> User {
        let name = try self.grantable(request.role)
        return try await self.administration.perform(request, context) {
            transaction, held in
            let before = try await transaction.user(request.userID)
            guard let role = try await transaction.role(name) else {
                throw RPCError.notFound("role")
            }
            try RoleRules.requireCover(held: held, wanted: role.permissions)
            return try await transaction.change(
                RoleStore.revoke(role: role.id, from: request.userID), of: before
            ) { .roleRevoked(name, from: before, to: $0) }
        }
    }

    func grantPermission(
        _ request: GrantPermission, _ context: CallContext
    ) async throws -> User {
        let caller = try context.requireCaller()
        let permission = try PermissionName(request.permission)
        return try await self.administration.perform(request, context) {
            transaction, held in
            let before = try await transaction.user(request.userID)
            try RoleRules.requireCover(held: held, wanted: [permission.text])
            _ = try await transaction.execute(RoleStore.ensure([permission]))
            try await transaction.requireRoomForRoles()
            return try await transaction.change(
                RoleStore.grant(permission, to: request.userID, by: caller.userID),
                of: before
            ) { .permissionGranted(permission, from: before, to: $0) }
        }
    }

    func revokePermission(
        _ request: RevokePermission, _ context: CallContext
    ) async throws -> User {
        let permission = try PermissionName(request.permission)
        return try await self.administration.perform(request, context) {
            transaction, held in
            let before = try await transaction.user(request.userID)
            try RoleRules.requireCover(held: held, wanted: [permission.text])
            return try await transaction.change(
                RoleStore.revoke(permission, from: request.userID), of: before
            ) { .permissionRevoked(permission, from: before, to: $0) }
        }
    }

    private func grantable(_ role: String) throws(RPCError) -> String {
        let name = try RoleRules.checkName(role, field: "role")
        guard name != RoleRules.member else {
            throw .invalid("role", "role_held_by_all", "Everybody holds the role member.")
        }
        return name
    }
}

extension Transaction {
    /// Changes what somebody holds and publishes it, unless nothing changed.
    ///
    /// - Parameter fact: says what to record of the change, given the person after it.
    /// - Returns: the person after the change, and what is to be recorded.
    func change(
        _ statement: SQL, of before: User, recording fact: (User) -> AuditFact
    ) async throws -> (User, AuditFact?) {
        let changed = try await self.execute(statement).affectedRowCount > 0
        let user = try await self.user(before.id)
        guard changed else { return (user, nil) }
        _ = try await self.execute(RoleStore.publish(person: before.id))
        return (user, fact(user))
    }
}
