public import RPC

/// Streams events of the log, oldest first by their place in the log, up to the newest one there
/// was when it began.
public struct ExportAudit: ServerStreamMethod {
    /// Which events; all of them if absent.
    public var filter: AuditFilter?

    /// Asks for events.
    public init(filter: AuditFilter? = nil) { self.filter = filter }

    public typealias Element = AuditRecord

    public static let contract = MethodContract(
        "audit.ExportAudit",
        documentation: "Streams events of the log, oldest first.",
        access: .permission("audit:export"),
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = ["filter": "Which events; all of them if absent."]
}
