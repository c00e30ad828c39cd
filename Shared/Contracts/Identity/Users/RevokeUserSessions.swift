public import RPC

public import struct FoundationEssentials.UUID

/// Ends all sessions of one person.
public struct RevokeUserSessions: UnaryMethod {
    /// Whose sessions.
    public var userID: UUID

    /// Asks to end the sessions.
    public init(userID: UUID) { self.userID = userID }

    public typealias Reply = SessionsRevoked

    public static let contract = MethodContract(
        "identity.RevokeUserSessions",
        documentation: "Ends all sessions of one person.",
        access: .permission("users:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "session_revoked",
        unknownFields: .reject
    )

    public static let fieldDocumentation = ["userID": "Whose sessions."]
}
