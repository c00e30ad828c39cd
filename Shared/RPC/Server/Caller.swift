package import struct FoundationEssentials.Date
package import struct FoundationEssentials.UUID

/// A person, as a verified access token names them.
package struct Caller: Sendable, Hashable {
    /// Who it is.
    package let userID: UUID
    /// The session that the token belongs to; revoking it ends every stream opened with it.
    package let sessionID: UUID
    /// When the person last proved who they are.
    package let authenticatedAt: Date
    /// When the token stops being valid.
    package let expiresAt: Date

    /// Names a person.
    package init(userID: UUID, sessionID: UUID, authenticatedAt: Date, expiresAt: Date) {
        self.userID = userID
        self.sessionID = sessionID
        self.authenticatedAt = authenticatedAt
        self.expiresAt = expiresAt
    }
}
