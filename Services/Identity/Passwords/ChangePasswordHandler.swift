internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// Sets a new password for the caller.
struct ChangePasswordHandler: Sendable {
    let store: PasswordStore
    let passwords: Passwords
    let throttle: ThrottleMode
    let audit: AuditOutbox

    func register(in methods: inout MethodTable) {
        methods.register(ChangePassword.self) { try await self.change($0, $1) }
    }

    func change(_ request: ChangePassword, _ context: CallContext) async throws -> PasswordChanged {
        let caller = try context.requireCaller()
        guard let own = try await self.store.own(caller.userID, deadline: context.deadline) else {
            throw RPCError.notFound("account")
        }
        if let remaining = own.remainingLock, self.throttle == .on {
            throw RPCError.throttled(retryAfter: remaining)
        }
        guard let old = own.hash else {
            throw RPCError(
                .failedPrecondition, reason: "identity.no_password",
                message: "This account has no password to change.")
        }
        guard try await self.passwords.verify(request.currentPassword, against: old) else {
            let failure = AuditFact.passwordRefused(of: own.user)
            try await self.audit.recordFailure(failure, in: context) { event in
                try await self.store.countFailure(
                    caller.userID, recording: event, deadline: context.deadline)
            }
            throw RPCError.invalid(
                "currentPassword", "current_password_wrong", "The current password is wrong.")
        }
        let new = try await self.passwords.hash(
            request.newPassword, knowing: own.user.knownWords, field: "newPassword")
        let revoked = try await self.store.replace(
            old, with: new, of: caller.userID,
            endingAllBut: request.keepsOtherSessions == true ? nil : caller.sessionID,
            recording: { count in
                try self.audit.record(
                    .passwordChanged(of: own.user, endedSessionCount: count), in: context)
            },
            deadline: context.deadline)
        guard let revoked else { throw RPCError.versionConflict }
        return PasswordChanged(revokedSessionCount: revoked)
    }
}

extension User {
    /// What an attacker who guesses this person's password knows of them.
    var knownWords: [String] {
        PasswordPolicy.knownWords(
            email: self.email, username: self.username,
            names: [self.displayName, self.firstName, self.lastName])
    }
}
