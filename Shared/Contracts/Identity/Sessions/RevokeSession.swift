public import RPC

public import struct FoundationEssentials.UUID

/// Ends one of the caller's sessions.
public struct RevokeSession: UnaryMethod {
    /// One of the caller's sessions; others are not found.
    public var sessionID: UUID

    /// Asks to end a session.
    public init(sessionID: UUID) { self.sessionID = sessionID }

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "identity.RevokeSession",
        documentation: "Ends one of the caller's sessions; its streams end everywhere.",
        access: .signedIn,
        repeatability: .idempotent,
        auditAction: "session_revoked",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "sessionID": "One of the caller's sessions; others are not found."
    ]
}
