internal import AuditAPI
internal import NIOCore
internal import Postgres
internal import RPC
internal import Sodium
internal import Wire

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Which entries a reader asks for, checked.
struct RecordFilter: Hashable, Sendable {
    /// What was asked.
    let asked: AuditFilter

    /// The most actions or outcomes of one filter.
    static let listLimit = 100
    /// The times that may be named: what the log's own column can hold, with room to spare.
    private static let times =
        Date(timeIntervalSince1970: 0)...Date(timeIntervalSince1970: 253_402_214_400)

    /// Checks a filter.
    ///
    /// - Throws: an ``RPCError`` with the reason `audit.field_invalid`.
    init(_ filter: AuditFilter?) throws {
        let filter = filter ?? AuditFilter()
        try Self.check(filter.actions?.map(\.rawValue), "actions")
        try Self.check(filter.outcomes?.map(\.rawValue), "outcomes")
        try Self.check(filter.resourceType, "resourceType", atMost: 100)
        try Self.check(filter.resourceID, "resourceID", atMost: 200)
        try Self.check(filter.method, "method", atMost: 200)
        try Self.check(filter.producer, "producer", atMost: 100)
        guard filter.resourceID == nil || filter.resourceType != nil else {
            throw RPCError.invalid("resourceID", "needs resourceType.")
        }
        for (field, date) in [
            ("occurredAfter", filter.occurredAfter), ("occurredBefore", filter.occurredBefore),
        ] {
            guard date.map(Self.times.contains) ?? true else {
                throw RPCError.invalid(field, "from 1970 to 9999.")
            }
        }
        self.asked = filter
    }

    private static func check(_ names: [String]?, _ field: String) throws {
        guard let names else { return }
        guard (1...Self.listLimit).contains(names.count) else {
            throw RPCError.invalid(field, "1 to \(Self.listLimit) of them, or none at all.")
        }
        for name in names { try Self.check(name, field, atMost: 100) }
    }

    private static func check(_ text: String?, _ field: String, atMost limit: Int) throws {
        guard let text else { return }
        guard (1...limit).contains(text.unicodeScalars.count),
            !text.unicodeScalars.contains("\0")
        else { throw RPCError.invalid(field, "1 to \(limit) characters without U+0000.") }
    }

    // MARK: As conditions

    /// What one kind of entries either is or is not: its columns `action`, `outcome`,
    /// `resource_type`, `method` and `producer`; `nil` if the filter speaks of none of these.
    func kindCondition(of alias: StaticString) -> SQL? {
        var conditions: [SQL] = []
        if let actions = self.asked.actions {
            conditions.append("\(raw: alias).action = ANY (\(actions.map(\.rawValue)))")
        }
        if let outcomes = self.asked.outcomes {
            conditions.append("\(raw: alias).outcome = ANY (\(outcomes.map(\.rawValue)))")
        }
        if let type = self.asked.resourceType {
            conditions.append("\(raw: alias).resource_type = \(type)")
        }
        if let method = self.asked.method {
            conditions.append("\(raw: alias).method = \(method)")
        }
        if let producer = self.asked.producer {
            conditions.append("\(raw: alias).producer = \(producer)")
        }
        return conditions.isEmpty ? nil : conditions.joined(separator: " AND ")
    }

    /// The condition on `e` that one index begins with; `nil` if the filter names nobody and
    /// nothing.
    var subject: SQL? {
        if let session = self.asked.sessionID { return "e.session_id = \(session)" }
        switch (self.asked.resourceID, self.asked.actorID) {
        case (let resource?, let actor?):
            return "e.resource_id = \(resource) AND e.actor_id = \(actor)"
        case (let resource?, nil): return "e.resource_id = \(resource)"
        case (nil, let actor?): return "e.actor_id = \(actor)"
        case (nil, nil): return nil
        }
    }

    /// Whether ``subject`` is so narrow that all of it may be looked at.
    var isNarrow: Bool {
        self.asked.resourceID != nil && self.asked.actorID != nil && self.asked.sessionID == nil
    }

    /// Conditions on `e` beside ``subject`` and the kind.
    var rest: [SQL] {
        var conditions: [SQL] = []
        // A session has few entries and others may have many: no other index is to be taken.
        if self.asked.sessionID != nil {
            if let actor = self.asked.actorID {
                conditions.append("(e.actor_id = \(actor)) IS TRUE")
            }
            if let id = self.asked.resourceID {
                conditions.append("(e.resource_id = \(id)) IS TRUE")
            }
        }
        if let date = self.asked.occurredAfter { conditions.append("e.occurred_at >= \(date)") }
        if let date = self.asked.occurredBefore { conditions.append("e.occurred_at < \(date)") }
        return conditions
    }

    /// All of it as one condition on `e`.
    var condition: SQL {
        let all = [self.subject, self.kindCondition(of: "e")].compactMap { $0 } + self.rest
        return all.isEmpty ? "true" : all.joined(separator: " AND ")
    }

    // MARK: As a value

    /// Some digits that tell filters apart.
    var digest: String {
        get throws {
            let bytes = try CBOREncoder(deterministic: true).encode(self.asked)
            return Base64URL.encode(
                Array(Sodium.sha256(Array(bytes.readableBytesView)).prefix(9)))
        }
    }
}
