internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// What is recorded of signing in and out.
extension AuditFact {
    static func signedIn(
        _ sessionID: UUID, of userID: UUID, _ name: String?, _ evidence: SignInEvidence
    ) -> AuditFact {
        AuditFact(
            .signedIn, of: AuditResource("session", sessionID), actorID: userID,
            sessionID: sessionID, payload: evidence.payload(username: name))
    }

    /// Whoever tried is not known, and whether the name exists is not told.
    ///
    /// What could be nobody's name is left out: it may be a password in the wrong field.
    static func signInFailed(_ identifier: String, _ evidence: SignInEvidence) -> AuditFact {
        let tried = IdentifierRules.possible(identifier)
        return AuditFact(
            .signInFailed, outcome: .denied, reason: RPCError.credentialsInvalid.reason,
            payload: evidence.payload(
                details: tried.map { .object(["identifier": .string($0)]) }),
            priority: .denial)
    }

    static func signedOut(_ sessionID: UUID) -> AuditFact {
        AuditFact(.signedOut, of: AuditResource("session", sessionID), priority: .repair)
    }

    static func sessionRefreshed(
        _ sessionID: UUID, of userID: UUID, _ name: String?
    ) -> AuditFact {
        AuditFact(
            .sessionRefreshed, of: AuditResource("session", sessionID), actorID: userID,
            sessionID: sessionID, payload: AuditPayload(username: name))
    }

    static func tokenIssued(for audience: TokenAudience, in sessionID: UUID) -> AuditFact {
        AuditFact(
            .tokenIssued, of: AuditResource("session", sessionID),
            payload: AuditPayload(
                details: .object(["audience": .string(audience.rawValue)])))
    }

    /// Somebody has a copy of a refresh token: whose session it was is known, who came is not.
    static func tokenReused(_ sessionID: UUID, of userID: UUID) -> AuditFact {
        AuditFact(
            .tokenReused, outcome: .denied, of: AuditResource("user", userID),
            reason: RPCError.tokenReused.reason, sessionID: sessionID, priority: .repair)
    }

    static func sessionRevoked(_ sessionID: UUID) -> AuditFact {
        AuditFact(.sessionRevoked, of: AuditResource("session", sessionID), priority: .repair)
    }

    static func sessionsRevoked(
        of userID: UUID, count: Int, reason: RevokeReason
    ) -> AuditFact {
        AuditFact(
            .sessionRevoked, of: AuditResource("user", userID),
            payload: AuditPayload(
                details: .object([
                    "reason": .string(reason.rawValue), "count": .count(count),
                ])),
            priority: .repair)
    }

    /// A sign-in has ended sessions that were one too many.
    static func sessionLimitReached(
        by sessionID: UUID, of userID: UUID, _ name: String?
    ) -> AuditFact {
        let reason = RevokeReason.sessionLimit.rawValue
        return AuditFact(
            .sessionRevoked, of: AuditResource("user", userID), actorID: userID,
            sessionID: sessionID,
            payload: AuditPayload(
                username: name, details: .object(["reason": .string(reason)])),
            priority: .repair)
    }

    static func passwordChanged(of user: User, endedSessionCount: Int) -> AuditFact {
        AuditFact(
            .passwordChanged, of: AuditResource("user", user.id),
            payload: AuditPayload(
                username: user.auditName,
                details: .object(["endedSessionCount": .count(endedSessionCount)])))
    }

    static func passwordRefused(of user: User) -> AuditFact {
        AuditFact(
            .passwordChanged, outcome: .denied, of: AuditResource("user", user.id),
            reason: "identity.current_password_wrong",
            payload: AuditPayload(username: user.auditName), priority: .denial)
    }
}

extension User {
    /// The user name, or the address of who has none.
    var auditName: String { self.username ?? self.email }
}
