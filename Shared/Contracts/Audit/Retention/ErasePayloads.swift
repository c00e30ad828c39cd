public import RPC

public import struct FoundationEssentials.UUID

/// Erases everything personal of one person from the log: the payloads of events that the person
/// did or that were about the person, as far as the log has them now.
///
/// The events themselves stay, without anything but pseudonyms, and every proof stays valid.  The
/// answer comes when the erasure is recorded; ``ListErasures`` tells how far it has come.  What is
/// under a hold goes when the hold is released.
public struct ErasePayloads: UnaryMethod, KeyedRequest {
    /// Whose data.
    public var userID: UUID
    /// The legal basis, such as GDPR article 17; 1 to 200 characters.
    public var basis: String
    /// Why; 1 to 1,000 characters.
    public var reason: String
    /// Makes a repeated call harmless.
    public var idempotencyKey: String?

    /// Asks for an erasure.
    public init(userID: UUID, basis: String, reason: String, idempotencyKey: String? = nil) {
        self.userID = userID
        self.basis = basis
        self.reason = reason
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = Erasure

    public static let contract = MethodContract(
        "audit.ErasePayloads",
        documentation: "Erases everything personal of one person from the log.",
        access: .permission("audit:erase"),
        repeatability: .withKey,
        auditAction: "audit_erased",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Whose data.",
        "basis": "The legal basis, such as GDPR article 17; 1 to 200 characters.",
        "reason": "Why; 1 to 1000 characters.",
        "idempotencyKey": "Makes a repeated call harmless.",
    ]
}
