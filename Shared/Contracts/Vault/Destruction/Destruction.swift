public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// The destruction of a secret or one version, asked for or done.
public struct Destruction: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// Of which secret.
    public var secretID: UUID
    /// Which version; all of them if absent.
    public var version: Int64?
    /// Why.
    public var reason: String
    /// Who asked.
    public var requestedBy: UUID
    /// When.
    public var requestedAt: Date
    /// The second person, where one is needed.
    public var approvedBy: UUID?
    /// When the keys were destroyed; absent while it waits for a second person.
    public var doneAt: Date?
    /// Until when a second person may approve it.
    public var expiresAt: Date?

    /// Describes one.
    public init(
        id: UUID, secretID: UUID, version: Int64? = nil, reason: String, requestedBy: UUID,
        requestedAt: Date, approvedBy: UUID? = nil, doneAt: Date? = nil, expiresAt: Date? = nil
    ) {
        self.id = id
        self.secretID = secretID
        self.version = version
        self.reason = reason
        self.requestedBy = requestedBy
        self.requestedAt = requestedAt
        self.approvedBy = approvedBy
        self.doneAt = doneAt
        self.expiresAt = expiresAt
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "secretID": "Of which secret.",
        "version": "Which version; all of them if absent.",
        "reason": "Why.",
        "requestedBy": "Who asked.",
        "requestedAt": "When.",
        "approvedBy": "The second person, where one is needed.",
        "doneAt": "When the keys were destroyed; absent while it waits for a second person.",
        "expiresAt": "Until when a second person may approve it.",
    ]
}
