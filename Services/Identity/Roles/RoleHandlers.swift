internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Administrators say what roles grant.
struct RoleHandlers: Sendable {
    let store: RoleStore
    let administration: Administration

    func register(in methods: inout MethodTable) {
        methods.register(ListRoles.self) { try await self.list($0, $1) }
        methods.register(ListPermissions.self) { try await self.listPermissions($0, $1) }
        methods.register(PutRole.self) { try await self.put($0, $1) }
        methods.register(DeleteRole.self) { try await self.delete($0, $1) }
    }

    func list(_ request: ListRoles, _ context: CallContext) async throws -> RoleList {
        RoleList(roles: try await self.store.list(deadline: context.deadline))
    }

    func listPermissions(
        _ request: ListPermissions, _ context: CallContext
    ) async throws -> PermissionList {
        PermissionList(
            permissions: try await self.store.listPermissions(deadline: context.deadline))
    }

    func put(_ request: PutRole, _ context: CallContext) async throws -> Role {
        let caller = try context.requireCaller()
        let name = try RoleRules.checkName(request.name)
        let permissions = try RoleRules.checkPermissions(request.permissions)
        let description = try RoleRules.checkDescription(request.description)
        return try await self.administration.perform(request, context) {
            transaction, held in
            let old: Role? =
                try await transaction.execute(RoleStore.select(name: name)).decodeFirst()
            guard request.expectedVersion == nil || request.expectedVersion == old?.version
            else { throw RPCError.versionConflict }
            try RoleRules.requireCover(
                held: held, wanted: permissions.map(\.text) + (old?.permissions ?? []))
            if old == nil {
                _ = try await transaction.execute(
                    RoleStore.insert(name: name, by: caller.userID))
            }
            guard let role = try await transaction.role(name) else {
                throw RPCError.notFound("role")
            }
            _ = try await transaction.batch(
                [RoleStore.ensure(permissions)]
                    + RoleStore.replacePermissions(
                        of: role.id, with: permissions, by: caller.userID)
                    + [RoleStore.touch(role.id, description: description, isNew: old == nil)])
            try await transaction.requireRoomForRoles()
            let results = try await transaction.batch([
                RoleStore.select(name: name), RoleStore.publish(role.id),
            ])
            guard let role: Role = try results[0].decodeFirst() else {
                throw RPCError.notFound("role")
            }
            return (role, AuditFact.roleChanged(from: old, to: role))
        }
    }

    func delete(_ request: DeleteRole, _ context: CallContext) async throws -> Empty {
        let name = try RoleRules.checkName(request.name)
        return try await self.administration.perform(request, context) {
            transaction, held in
            guard let role = try await transaction.role(name) else {
                throw RPCError.notFound("role")
            }
            guard !role.isBuiltIn else {
                throw RPCError(
                    .failedPrecondition, reason: "identity.role_built_in",
                    message: "Steward brings this role; it cannot be deleted.")
            }
            try RoleRules.requireCover(held: held, wanted: role.permissions)
            let deleted = try await transaction.batch(RoleStore.delete(role.id))[0]
            let holders: [UUID] = try deleted.rows.map { try $0.get("user_id") }
            _ = try await transaction.batch(
                RoleStore.publishDeletion(name: name, holders: holders))
            return (Empty(), AuditFact.roleDeleted(role, holders: holders))
        }
    }
}

extension Transaction {
    /// A role by its name.
    func role(_ name: String) async throws -> Role? {
        try await self.execute(RoleStore.select(name: name)).decodeFirst()
    }

    /// Keeps the number of roles and permissions within what services can hold in memory.
    func requireRoomForRoles() async throws {
        let row = try await self.execute(RoleStore.counts).rows.first
        guard try row?.get("roles", as: Int.self) ?? 0 <= RoleRules.roleLimit,
            try row?.get("permissions", as: Int.self) ?? 0 <= RoleRules.catalogLimit
        else {
            throw RPCError(
                .resourceExhausted, reason: "identity.too_many_roles",
                message: "There are at most \(RoleRules.roleLimit) roles and "
                    + "\(RoleRules.catalogLimit) permissions.")
        }
    }
}

extension MethodContract {
    /// The permissions that the method's access rule names.
    var permissions: [String] { self.access.permissions }
}

extension AccessRule {
    /// The permissions that the rule names.
    fileprivate var permissions: [String] {
        switch self {
        case .permission(let name): [name]
        case .all(let rules): rules.flatMap(\.permissions)
        case .anyone, .signedIn, .tokenFor, .peers, .any: []
        }
    }
}
