public import RPC

public import struct FoundationEssentials.UUID

/// Gets one event of the log; `not_found` if there is none with that id.
public struct GetAuditRecord: UnaryMethod {
    /// The event's id.
    public var id: UUID

    /// Asks for an event.
    public init(id: UUID) { self.id = id }

    public typealias Reply = AuditRecord

    public static let contract = MethodContract(
        "audit.GetAuditRecord",
        documentation: "Gets one event of the log.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = ["id": "The event's id."]
}
