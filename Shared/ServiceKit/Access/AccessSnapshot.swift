package import IdentityAPI
package import RPC

package import struct FoundationEssentials.Date
package import struct FoundationEssentials.UUID

/// Who may do what at one position of identity's access stream: a value without I/O.
package struct AccessSnapshot: Sendable {
    /// The role that everybody holds.
    package static let memberRole = "member"

    /// The position that is reached.
    package private(set) var position: Int64 = 0
    /// The verification keys by `kid`.
    package private(set) var keys: [String: VerificationKey] = [:]
    /// What each role grants.
    package private(set) var roles: [String: PermissionSet] = [:]
    /// People who have more than `member`, or less.
    package private(set) var people: [UUID: Person] = [:]
    /// Sessions that ended early, with the time after which no token of them is valid any more.
    package private(set) var revokedSessions: [UUID: Date] = [:]

    /// One person's access.
    package struct Person: Sendable, Hashable {
        package let isActive: Bool
        package let roles: [String]
        package let permissions: PermissionSet
        package let tokensValidAfter: Date?
    }

    /// Knows nobody and nothing.
    package init() {}

    /// Applies an event that says something about access; others change the position only.
    ///
    /// A payload that is missing or malformed is an error of identity's and leaves everything as it
    /// was, but for the position: a key that cannot be used verifies no token.
    package mutating func apply(_ event: AccessEvent) {
        self.position = max(self.position, event.position)
        switch event.kind {
        case .signingKey:
            if let key = event.signingKey { self.keys[key.id] = VerificationKey(key) }
        case .signingKeyRetired:
            if let key = event.signingKey { self.keys[key.id] = nil }
        case .role:
            if let role = event.role {
                self.roles[role.name] = role.isDeleted ? nil : PermissionSet(role.permissions)
            }
        case .person:
            if let person = event.person {
                self.people[person.userID] = Person(
                    isActive: person.isActive, roles: person.roles,
                    permissions: PermissionSet(person.permissions),
                    tokensValidAfter: person.tokensValidAfter)
            }
        case .sessionRevoked:
            if let session = event.session {
                self.revokedSessions[session.sessionID] = session.until
            }
        default: break
        }
    }

    /// Forgets revocations that no valid token can meet any more.
    package mutating func prune(at now: Date) {
        guard self.revokedSessions.contains(where: { $0.value < now }) else { return }
        self.revokedSessions = self.revokedSessions.filter { $0.value >= now }
    }

    /// Whether a person holds a permission, by a role or in person.
    package func grants(_ permission: String, to userID: UUID) -> Bool {
        let person = self.people[userID]
        if let person, !person.isActive { return false }
        if person?.permissions.contains(permission) == true { return true }
        return ([Self.memberRole] + (person?.roles ?? [])).contains {
            self.roles[$0]?.contains(permission) == true
        }
    }

    /// Why a token that was genuine when it was issued is not accepted any more, if it is not.
    package func refusal(of claims: AccessTokenClaims) -> AccessRefusal? {
        self.refusal(userID: claims.sub, sessionID: claims.sid, issuedAt: Double(claims.iat))
    }

    /// The same for a caller whose token is not at hand.
    ///
    /// Its time of issue is taken to be the earliest possible, so this may end what a look at the
    /// token would not, and never the other way round.
    package func refusal(of caller: Caller) -> AccessRefusal? {
        let validity = Double(AccessTokenClaims.longestValidity.components.seconds)
        return self.refusal(
            userID: caller.userID, sessionID: caller.sessionID,
            issuedAt: caller.expiresAt.timeIntervalSince1970 - validity)
    }

    /// `tokensValidAfter` is compared in whole seconds, as tokens tell their time; the sessions
    /// that such a time ends are also revoked one by one.
    private func refusal(userID: UUID, sessionID: UUID, issuedAt: Double) -> AccessRefusal? {
        if self.revokedSessions[sessionID] != nil { return .sessionRevoked }
        guard let person = self.people[userID] else { return nil }
        guard person.isActive else { return .personInactive }
        if let after = person.tokensValidAfter,
            issuedAt < after.timeIntervalSince1970.rounded(.down)
        {
            return .sessionRevoked
        }
        return nil
    }
}
