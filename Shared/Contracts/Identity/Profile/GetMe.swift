public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Tells who is calling and what they may do.
public struct GetMe: UnaryMethod {
    /// Asks who is calling.
    public init() {}

    public typealias Reply = Me

    public static let contract = MethodContract(
        "identity.GetMe",
        documentation: "Tells who is calling, in which session, and with which permissions.",
        access: .signedIn,
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// Who is calling.
public struct Me: Codable, Hashable, Sendable, DocumentedFields {
    /// The person.
    public var user: User
    /// The session of the token that came with the call.
    public var sessionID: UUID
    /// When the person last proved who they are.
    public var authenticatedAt: Date
    /// All permissions, from roles and from grants; sorted.
    public var effectivePermissions: [String]

    /// Makes an answer.
    public init(
        user: User,
        sessionID: UUID,
        authenticatedAt: Date,
        effectivePermissions: [String]
    ) {
        self.user = user
        self.sessionID = sessionID
        self.authenticatedAt = authenticatedAt
        self.effectivePermissions = effectivePermissions
    }

    public static let fieldDocumentation = [
        "user": "The person.",
        "sessionID": "The session of the token that came with the call.",
        "authenticatedAt": "When the person last proved who they are.",
        "effectivePermissions": "All permissions, from roles and from grants; sorted.",
    ]
}
