public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// One sign-in that has not ended.
public struct Session: Codable, Hashable, Sendable, DocumentedFields {
    /// Which session.
    public var id: UUID
    /// Whether the call was made with it.
    public var isCurrent: Bool
    /// Where it was opened or last refreshed from, as a gateway told.
    public var clientAddress: String?
    /// What the person said they use.
    public var userAgent: String?
    /// When the person signed in.
    public var createdAt: Date
    /// When its tokens were last refreshed.
    public var lastActivityAt: Date
    /// When it ends at the latest unless it is refreshed before.
    public var expiresAt: Date

    /// Makes a session.
    public init(
        id: UUID,
        isCurrent: Bool,
        clientAddress: String? = nil,
        userAgent: String? = nil,
        createdAt: Date,
        lastActivityAt: Date,
        expiresAt: Date
    ) {
        self.id = id
        self.isCurrent = isCurrent
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.createdAt = createdAt
        self.lastActivityAt = lastActivityAt
        self.expiresAt = expiresAt
    }

    public static let fieldDocumentation = [
        "id": "Which session.",
        "isCurrent": "Whether the call was made with it.",
        "clientAddress": "Where it was opened or last refreshed from, as a gateway told.",
        "userAgent": "What the person said they use.",
        "createdAt": "When the person signed in.",
        "lastActivityAt": "When its tokens were last refreshed.",
        "expiresAt": "When it ends at the latest unless it is refreshed before.",
    ]
}
