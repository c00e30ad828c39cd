public import RPC

public import struct FoundationEssentials.UUID

/// Ends a legal hold; what it kept from being erased is erased, what it kept from expiring expires.
///
/// A hold that was released before stays as it is.
public struct ReleaseHold: UnaryMethod {
    /// Which one.
    public var id: UUID
    /// Why; 1 to 1,000 characters.
    public var reason: String

    /// Asks for its end.
    public init(id: UUID, reason: String) {
        self.id = id
        self.reason = reason
    }

    public typealias Reply = Hold

    public static let contract = MethodContract(
        "audit.ReleaseHold",
        documentation: "Ends a legal hold; what it kept from being removed is removed.",
        access: .permission("audit:write"),
        repeatability: .idempotent,
        auditAction: "audit_hold_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "id": "Which one.",
        "reason": "Why; 1 to 1000 characters.",
    ]
}
