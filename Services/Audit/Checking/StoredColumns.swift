internal import Postgres

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// The columns of an entry that repeat its event, as they are stored.
struct StoredColumns: RowDecodable, Sendable {
    private let texts: [(name: String, value: String?)]
    private let ids: [(name: String, value: UUID?)]
    private let isSensitive: Bool
    private let count: Int64
    private let occurredAt: Date

    init(row: Row) throws {
        self.texts = try [
            "action", "outcome", "method", "resource_type", "resource_id", "reason", "trace_id",
            "class",
        ].map { (name: $0, value: try row.get($0, as: String?.self)) }
        self.ids = try ["event_id", "actor_id", "session_id", "tool_execution_id"]
            .map { (name: $0, value: try row.get($0, as: UUID?.self)) }
        self.isSensitive = try row.get("is_sensitive")
        self.count = try row.get("count")
        self.occurredAt = try row.get("occurred_at")
    }

    /// The first column that is not what the event says; `nil` if all are.
    func difference(from columns: EntryColumns) -> String? {
        let texts: [String?] = [
            columns.action, columns.outcome, columns.method, columns.resourceType,
            columns.resourceID, columns.reason, columns.traceID, columns.auditClass,
        ]
        for (stored, expected) in zip(self.texts, texts)
        where stored.value.map({ Array($0.utf8) }) != expected.map({ Array($0.utf8) }) {
            return stored.name
        }
        let ids: [UUID?] = [
            columns.eventID, columns.actorID, columns.sessionID, columns.toolExecutionID,
        ]
        for (stored, expected) in zip(self.ids, ids) where stored.value != expected {
            return stored.name
        }
        if self.isSensitive != columns.isSensitive { return "is_sensitive" }
        if self.count != columns.count { return "count" }
        // Postgres keeps microseconds; a double of seconds is nearer than that.
        let difference = self.occurredAt.timeIntervalSince(columns.occurredAt)
        return abs(difference) < 0.000_002 ? nil : "occurred_at"
    }
}
