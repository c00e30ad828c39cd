internal import AuditAPI
internal import AuditFormat

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// What the columns of an entry repeat of it, for search.
///
/// Made from the entry alone and from any entry: what no index or `timestamptz` could take is cut
/// or moved to the nearest that it can, so that no event of a producer holds up those behind it.
/// An event whose time is far from when it was received counts as of then: payloads lie in a
/// partition for each month, and no producer is to make as many as it likes.
struct EntryColumns: Hashable, Sendable {
    let eventID: UUID
    let action: String
    let outcome: String
    let actorID: UUID?
    let sessionID: UUID?
    let method: String?
    let resourceType: String?
    let resourceID: String?
    let reason: String?
    let toolExecutionID: UUID?
    let traceID: String?
    let isSensitive: Bool
    let count: Int64
    let auditClass: String
    /// The person that the event is about; no column, but what erasure goes by.
    let subjectID: UUID?
    let occurredAt: Date

    /// Reads them off an event.
    ///
    /// - Parameter entry: what the event is in.
    init(_ event: AuditEvent, in entry: LogEntry) {
        self.eventID = event.id
        self.action = Self.text(event.action.rawValue, limit: 100)
        self.outcome = Self.text(event.outcome.rawValue, limit: 100)
        self.actorID = event.actorID
        self.sessionID = event.sessionID
        self.method = event.method.map { Self.text($0, limit: 200) }
        self.resourceType = event.resourceType.map { Self.text($0, limit: 100) }
        self.resourceID = event.resourceID.map { Self.text($0, limit: 200) }
        self.reason = event.reason.map { Self.text($0, limit: 200) }
        self.toolExecutionID = event.toolExecutionID
        self.traceID = event.traceID.map { Self.text($0, limit: 100) }
        self.isSensitive = event.isSensitive
        self.count = event.count
        self.auditClass = event.action.auditClass.rawValue
        self.subjectID = Self.subject(of: event)
        self.occurredAt = entry.countedTime(of: event.occurredAt)
    }

    /// The person that an event is about.
    static func subject(of event: AuditEvent) -> UUID? {
        guard event.resourceType == "user" else { return nil }
        return event.resourceID.flatMap { UUID(uuidString: $0) }
    }

    /// A text of at most so many Unicode scalars, without U+0000.
    static func text(_ text: String, limit: Int) -> String {
        let hasToChange = text.utf8.count > limit || text.utf8.contains(0)
        guard hasToChange else { return text }
        var scalars = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            scalars.append(scalar == "\0" ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }
}
