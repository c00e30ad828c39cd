package import ConversationsAPI
package import Postgres
internal import RPC

internal import struct FoundationEssentials.UUID

/// All SQL about events.
struct EventStore {
    let database: Database

    /// The channel on which instances tell each other of changes.
    static let channel = "conversations_events"
    /// Events read at once, at most.
    static let batchCount = 64

    /// The events after a position, in order and without a gap; some of them, if there are many.
    ///
    /// Deleted conversations can still be read here until their rows go, so that watchers hear of
    /// the deletion.
    func events(
        of conversation: UUID,
        after position: Int64,
        as person: UUID
    ) async throws -> [ConversationEvent] {
        try await self.database.read(
            """
            SELECT e.position, e.kind, e.changes, e.created_at AS happened_at,
                e.conversation_id AS event_conversation_id, \(fragment: Message.columns)
            FROM (
                SELECT e.*, sum(coalesce(m.byte_count, 0)) OVER (
                    ORDER BY e.position
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
                FROM (
                    SELECT e.* FROM conversations.conversation_events AS e
                    WHERE e.conversation_id = \(conversation) AND e.owner_id = \(person)
                        AND e.position > \(position)
                    ORDER BY e.position LIMIT \(Int64(Self.batchCount))
                ) AS e
                LEFT JOIN conversations.messages AS m
                    ON m.conversation_id = e.conversation_id AND m.id = e.message_id
            ) AS e
            LEFT JOIN conversations.messages AS m
                ON m.conversation_id = e.conversation_id AND m.id = e.message_id
            WHERE coalesce(e.bytes_before, 0) < \(PageBounds.byteCount)
            ORDER BY e.position
            """,
            as: .person(person),
            deadline: nil
        ).decode()
    }

    /// Tells other instances that these conversations have changed.
    ///
    /// Loss does no harm, so the transaction need not wait for the disk.
    func notify(of conversations: [UUID]) async throws {
        let payloads = stride(from: 0, to: conversations.count, by: Self.payloadCount).map {
            conversations[$0..<min($0 + Self.payloadCount, conversations.count)]
                .map { $0.uuidString.lowercased() }.joined(separator: ",")
        }
        _ = try await self.database.write(
            "SELECT set_config('synchronous_commit', 'off', true)",
            "SELECT pg_notify(\(Self.channel), p) FROM unnest(\(payloads)) AS p",
            as: .nobody,
            deadline: .now + .seconds(5)
        )
    }

    /// Notifications of other instances, and of this one.
    func notifications() -> AsyncStream<Notification> {
        self.database.listen(channel: Self.channel)
    }

    /// The conversations that a notification names.
    static func conversations(in payload: String) -> [UUID] {
        payload.split(separator: ",").compactMap { UUID(uuidString: String($0)) }
    }

    /// Identifiers in one notification: 200 × 37 bytes stay below Postgres' limit of 8,000.
    private static let payloadCount = 200
}

extension ConversationEvent: RowDecodable {
    package init(row: Row) throws {
        let kind = ConversationEventKind(rawValue: try row.get("kind"))
        let hasMessage = try row.get("id", as: UUID?.self) != nil
        self.init(
            conversationID: try row.get("event_conversation_id"),
            position: try row.get("position"),
            kind: kind,
            message: hasMessage ? try Message(row: row) : nil,
            changes: try row.json("changes"),
            createdAt: try row.get("happened_at")
        )
    }
}
