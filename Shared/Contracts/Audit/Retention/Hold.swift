public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// A legal hold: payloads that fit each of its fields are neither expired nor erased while it
/// stands.
public struct Hold: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// Payloads with this person as actor or subject; `nil` for everybody's.
    public var userID: UUID?
    /// Payloads of this class; `nil` for all.
    public var auditClass: AuditClass?
    /// Events of the months from that of this time on; `nil` for no bound.
    public var from: Date?
    /// Events of the months that begin before this time; `nil` for no bound.
    public var to: Date?
    /// Why it was placed.
    public var reason: String
    /// Who placed it.
    public var placedBy: UUID?
    /// When it was placed.
    public var placedAt: Date
    /// When it ended; `nil` while it stands.
    public var releasedAt: Date?
    /// Who ended it.
    public var releasedBy: UUID?
    /// Why it ended.
    public var releaseReason: String?

    /// Describes a hold.
    public init(
        id: UUID, userID: UUID? = nil, auditClass: AuditClass? = nil, from: Date? = nil,
        to: Date? = nil, reason: String, placedBy: UUID? = nil, placedAt: Date,
        releasedAt: Date? = nil, releasedBy: UUID? = nil, releaseReason: String? = nil
    ) {
        self.id = id
        self.userID = userID
        self.auditClass = auditClass
        self.from = from
        self.to = to
        self.reason = reason
        self.placedBy = placedBy
        self.placedAt = placedAt
        self.releasedAt = releasedAt
        self.releasedBy = releasedBy
        self.releaseReason = releaseReason
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "userID": "Payloads with this person as actor or subject; absent for everybody's.",
        "auditClass": "Payloads of this class: security, access or operation; absent for all.",
        "from": "Events of the months from that of this time on; absent for no bound.",
        "to": "Events of the months that begin before this time; absent for no bound.",
        "reason": "Why it was placed.",
        "placedBy": "Who placed it.",
        "placedAt": "When it was placed.",
        "releasedAt": "When it ended; absent while it stands.",
        "releasedBy": "Who ended it.",
        "releaseReason": "Why it ended.",
    ]
}
