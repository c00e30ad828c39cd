public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// One use of a secret, or an attempt at one.
public struct SecretAccess: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// Which secret; absent where a name led to none.
    public var secretID: UUID?
    /// Which version.
    public var version: Int64?
    /// Who; absent for the vault itself.
    public var userID: UUID?
    /// The process that called.
    public var peer: String?
    /// What was done.
    public var accessType: SecretAccessType
    /// Whether it was allowed and done.
    public var isSuccess: Bool
    /// Why it was refused.
    public var reason: String?
    /// The address a gateway told of.
    public var ipAddress: String?
    /// What the person's device calls itself.
    public var userAgent: String?
    /// The tool it was for.
    public var toolID: UUID?
    /// What it was for, in the caller's words.
    public var purpose: String?
    /// When.
    public var accessedAt: Date

    /// Describes one.
    public init(
        id: UUID, secretID: UUID? = nil, version: Int64? = nil, userID: UUID? = nil,
        peer: String? = nil, accessType: SecretAccessType, isSuccess: Bool, reason: String? = nil,
        ipAddress: String? = nil, userAgent: String? = nil, toolID: UUID? = nil,
        purpose: String? = nil, accessedAt: Date
    ) {
        self.id = id
        self.secretID = secretID
        self.version = version
        self.userID = userID
        self.peer = peer
        self.accessType = accessType
        self.isSuccess = isSuccess
        self.reason = reason
        self.ipAddress = ipAddress
        self.userAgent = userAgent
        self.toolID = toolID
        self.purpose = purpose
        self.accessedAt = accessedAt
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "secretID": "Which secret; absent where a name led to none.",
        "version": "Which version.",
        "userID": "Who; absent for the vault itself.",
        "peer": "The process that called.",
        "accessType": "What was done.",
        "isSuccess": "Whether it was allowed and done.",
        "reason": "Why it was refused.",
        "ipAddress": "The address a gateway told of.",
        "userAgent": "What the person's device calls itself.",
        "toolID": "The tool it was for.",
        "purpose": "What it was for, in the caller's words.",
        "accessedAt": "When.",
    ]
}
