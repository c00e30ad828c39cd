package import ConversationsAPI
package import Postgres
internal import RPC

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

extension Conversation: RowDecodable {
    /// The columns that ``init(row:)`` reads, of the row `c`.
    static let columns: SQL = """
        c.id, c.owner_id, c.title, c.untitled_number, c.kind, c.status, c.context_type, \
        c.context_id, c.provider, c.model, c.system_prompt, c.temperature, \
        c.context_window_size, c.settings, c.metadata, c.is_archived, c.is_pinned, \
        c.active_leaf_id, c.message_count, c.version, c.started_at, c.ended_at, \
        c.last_message_at, c.created_at, c.updated_at, c.source_format, c.source_id
        """

    package init(row: Row) throws {
        let startedAt: Date = try row.get("started_at")
        let endedAt: Date? = try row.get("ended_at")
        self.init(
            id: try row.get("id"),
            ownerID: try row.get("owner_id"),
            title: try row.get("title"),
            untitledNumber: try row.get("untitled_number"),
            kind: ConversationKind(rawValue: try row.get("kind")),
            status: ConversationStatus(rawValue: try row.get("status")),
            contextType: try row.get("context_type", as: String?.self).map(ContextType.init),
            contextID: try row.get("context_id"),
            provider: try row.get("provider"),
            model: try row.get("model"),
            systemPrompt: try row.get("system_prompt"),
            temperature: try row.get("temperature"),
            contextWindowSize: try row.get("context_window_size", as: Int32?.self).map(Int.init),
            settings: try row.json("settings") ?? .object([:]),
            metadata: try row.json("metadata") ?? .object([:]),
            isArchived: try row.get("is_archived"),
            isPinned: try row.get("is_pinned"),
            activeLeafID: try row.get("active_leaf_id"),
            messageCount: try row.get("message_count"),
            version: try row.get("version"),
            startedAt: startedAt,
            endedAt: endedAt,
            durationSeconds: endedAt.map { Int64(max(0, $0.timeIntervalSince(startedAt))) },
            lastMessageAt: try row.get("last_message_at"),
            createdAt: try row.get("created_at"),
            updatedAt: try row.get("updated_at"),
            sourceFormat: try row.get("source_format"),
            sourceID: try row.get("source_id")
        )
    }
}

extension Row {
    /// Reads a `jsonb` column.
    func json(_ column: String) throws -> JSONValue? {
        guard let text = try self.get(column, as: JSONText?.self) else { return nil }
        do {
            return try JSONValue(text: text.text)
        } catch {
            throw DatabaseError(code: .decoding, message: "\(column): \(error.message)")
        }
    }
}
