internal import AuditAPI
internal import FoundationEssentials
internal import RPC

extension RecordFilter {
    /// What was asked, for the record of the reading.
    var description: [String: JSONValue] {
        var members: [String: JSONValue] = [:]
        func set(_ name: String, _ text: String?) {
            if let text { members[name] = .string(text) }
        }
        func set(_ name: String, _ texts: [String]?) {
            if let texts { members[name] = .array(texts.map(JSONValue.string)) }
        }
        set("actions", self.asked.actions?.map(\.rawValue))
        set("outcomes", self.asked.outcomes?.map(\.rawValue))
        set("actorID", self.asked.actorID?.uuidString.lowercased())
        set("resourceType", self.asked.resourceType)
        set("resourceID", self.asked.resourceID)
        set("sessionID", self.asked.sessionID?.uuidString.lowercased())
        set("method", self.asked.method)
        set("producer", self.asked.producer)
        set("occurredAfter", self.asked.occurredAfter.map(Self.text))
        set("occurredBefore", self.asked.occurredBefore.map(Self.text))
        return members
    }

    private static func text(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
