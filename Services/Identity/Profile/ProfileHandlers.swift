internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// People see and change what is kept about them.
struct ProfileHandlers: Sendable {
    let store: ProfileStore
    let audit: AuditOutbox

    func register(in methods: inout MethodTable) {
        methods.register(GetMe.self) { try await self.me($0, $1) }
        methods.register(UpdateProfile.self) { try await self.update($0, $1) }
    }

    func me(_ request: GetMe, _ context: CallContext) async throws -> Me {
        let caller = try context.requireCaller()
        guard let found = try await self.store.me(caller.userID, deadline: context.deadline)
        else { throw RPCError.notFound("account") }
        return Me(
            user: found.user, sessionID: caller.sessionID,
            authenticatedAt: caller.authenticatedAt,
            effectivePermissions: found.effectivePermissions)
    }

    func update(_ request: UpdateProfile, _ context: CallContext) async throws -> User {
        let caller = try context.requireCaller()
        let change = try ProfileChange(request)
        let call = try self.store.answers.call(request, context)
        return try await RPCError.explaining {
            try await self.store.update(
                caller.userID, change, once: call,
                recording: { old, new in
                    try AuditFact.userUpdated(from: old, to: new).map { fact in
                        try self.audit.record(fact, in: context)
                    }
                }, deadline: context.deadline)
        }
    }
}
