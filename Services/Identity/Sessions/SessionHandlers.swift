internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// People look after their own sessions.
struct SessionHandlers: Sendable {
    let store: SessionStore
    let audit: AuditOutbox

    func register(in methods: inout MethodTable) {
        methods.register(SignOut.self) { try await self.signOut($0, $1) }
        methods.register(ListSessions.self) { try await self.list($0, $1) }
        methods.register(RevokeSession.self) { try await self.revoke($0, $1) }
        methods.register(RevokeAllSessions.self) { try await self.revokeAll($0, $1) }
    }

    func signOut(_ request: SignOut, _ context: CallContext) async throws -> Empty {
        let caller = try context.requireCaller()
        _ = try await self.store.revoke(
            caller.sessionID, of: caller.userID, reason: .signedOut,
            recording: try self.audit.record(
                .signedOut(caller.sessionID), in: context,
                if: SessionStore.hasEnded(caller.sessionID)),
            deadline: context.deadline)
        return Empty()
    }

    func list(_ request: ListSessions, _ context: CallContext) async throws -> SessionList {
        let caller = try context.requireCaller()
        return SessionList(
            sessions: try await self.store.list(
                of: caller.userID, current: caller.sessionID, deadline: context.deadline))
    }

    func revoke(_ request: RevokeSession, _ context: CallContext) async throws -> Empty {
        let caller = try context.requireCaller()
        let exists = try await self.store.revoke(
            request.sessionID, of: caller.userID, reason: .revoked,
            recording: try self.audit.record(
                .sessionRevoked(request.sessionID), in: context,
                if: SessionStore.hasEnded(request.sessionID)),
            deadline: context.deadline)
        guard exists else { throw RPCError.notFound("session") }
        return Empty()
    }

    func revokeAll(
        _ request: RevokeAllSessions, _ context: CallContext
    ) async throws -> SessionsRevoked {
        let caller = try context.requireCaller()
        let kept = request.exceptCurrent == true ? caller.sessionID : nil
        return SessionsRevoked(
            revokedSessionCount: try await self.store.revokeAll(
                of: caller.userID, except: kept, reason: .revoked,
                recording: {
                    try self.audit.record(
                        .sessionsRevoked(of: caller.userID, count: $0, reason: .revoked),
                        in: context)
                }, deadline: context.deadline))
    }
}
