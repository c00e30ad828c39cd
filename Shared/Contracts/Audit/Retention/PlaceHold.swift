public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Places a legal hold: what fits all of the given fields is neither expired nor erased until the
/// hold is released.  Without any of them it holds everything.
public struct PlaceHold: UnaryMethod, KeyedRequest {
    /// Payloads with this person as actor or subject; everybody's if absent.
    public var userID: UUID?
    /// Payloads of this class; all if absent.
    public var auditClass: AuditClass?
    /// Events of the months from that of this time on.
    public var from: Date?
    /// Events of the months that begin before this time.
    public var to: Date?
    /// Why; 1 to 1,000 characters.
    public var reason: String
    /// Makes a repeated call harmless.
    public var idempotencyKey: String?

    /// Asks for a hold.
    public init(
        userID: UUID? = nil, auditClass: AuditClass? = nil, from: Date? = nil, to: Date? = nil,
        reason: String, idempotencyKey: String? = nil
    ) {
        self.userID = userID
        self.auditClass = auditClass
        self.from = from
        self.to = to
        self.reason = reason
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = Hold

    public static let contract = MethodContract(
        "audit.PlaceHold",
        documentation: "Places a legal hold, which beats retention and erasure.",
        access: .permission("audit:write"),
        repeatability: .withKey,
        auditAction: "audit_hold_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Payloads with this person as actor or subject; everybody's if absent.",
        "auditClass": "Payloads of this class: security, access or operation; all if absent.",
        "from": "Events of the months from that of this time on.",
        "to": "Events of the months that begin before this time.",
        "reason": "Why; 1 to 1000 characters.",
        "idempotencyKey": "Makes a repeated call harmless.",
    ]
}
