public import RPC

/// Follows the log from any place on, in the log's order, without a gap and without repeats; goes
/// on into the next epoch where one begins.
///
/// Who was cut off continues behind the last event it has seen.
public struct WatchAudit: ServerStreamMethod {
    /// Which events; all of them if absent.
    public var filter: AuditFilter?
    /// Which epoch of the log `from` is a place in; the current one if absent.
    public var logEpoch: Int64?
    /// The first place in the log, from 0; whatever comes from now on if absent.
    public var from: Int64?

    /// Asks for events.
    public init(filter: AuditFilter? = nil, logEpoch: Int64? = nil, from: Int64? = nil) {
        self.filter = filter
        self.logEpoch = logEpoch
        self.from = from
    }

    public typealias Element = AuditRecord

    public static let contract = MethodContract(
        "audit.WatchAudit",
        documentation: "Streams events as the log takes them, from any place on, without gaps.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        auditAction: "audit_read",
        unknownFields: .reject,
        isEndless: true
    )

    public static let fieldDocumentation = [
        "filter": "Which events; all of them if absent.",
        "logEpoch": "Which epoch of the log from is a place in; the current one if absent.",
        "from": "The first place in the log, from 0; whatever comes from now on if absent.",
    ]
}
