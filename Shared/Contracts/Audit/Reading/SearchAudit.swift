public import RPC

/// Finds events of the log, newest first by ``AuditRecord/occurredAt``.
public struct SearchAudit: UnaryMethod {
    /// Which events; all of them if absent.
    public var filter: AuditFilter?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for events.
    public init(filter: AuditFilter? = nil, pageSize: Int? = nil, pageToken: String? = nil) {
        self.filter = filter
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = AuditRecordPage

    /// The most events of one page.
    public static let pageSizeLimit = 500
    /// The events of a page that asks for no number.
    public static let standardPageSize = 50

    public static let contract = MethodContract(
        "audit.SearchAudit",
        documentation: "Finds events of the log, newest first.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "filter": "Which events; all of them if absent.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before, with the same filter.",
    ]
}

/// Some events of the log, newest first.
public struct AuditRecordPage: Codable, Hashable, Sendable, DocumentedFields {
    /// Newest first.
    public var records: [AuditRecord]
    /// Asks for the next page; `nil` on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(records: [AuditRecord], nextPageToken: String? = nil) {
        self.records = records
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "records": "Newest first.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
