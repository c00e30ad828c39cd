public import RPC

/// Ends the caller's sessions, all or all but the one in use.
public struct RevokeAllSessions: UnaryMethod {
    /// Whether the session in use goes on; false if absent.
    public var exceptCurrent: Bool?

    /// Asks to end sessions.
    public init(exceptCurrent: Bool? = nil) { self.exceptCurrent = exceptCurrent }

    public typealias Reply = SessionsRevoked

    public static let contract = MethodContract(
        "identity.RevokeAllSessions",
        documentation: "Ends all sessions of the caller, or all but the one in use.",
        access: .signedIn,
        repeatability: .idempotent,
        auditAction: "session_revoked",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "exceptCurrent": "Whether the session in use goes on; false if absent."
    ]
}

/// How many sessions were ended.
public struct SessionsRevoked: Codable, Hashable, Sendable, DocumentedFields {
    /// How many sessions were ended by this call.
    public var revokedSessionCount: Int

    /// Makes an answer.
    public init(revokedSessionCount: Int) { self.revokedSessionCount = revokedSessionCount }

    public static let fieldDocumentation = [
        "revokedSessionCount": "How many sessions were ended by this call."
    ]
}
