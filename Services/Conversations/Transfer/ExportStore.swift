internal import ConversationsAPI
internal import Postgres
internal import RPC

internal import struct FoundationEssentials.UUID

/// All SQL of the export.
struct ExportStore {
    let database: Database

    /// Messages read at once, at most.
    static let batchCount: Int64 = 200

    /// A conversation as the file has it.
    struct ExportedConversation: RowDecodable {
        let conversation: Conversation
        /// The active leaf's id in the file.
        let activeLeafSourceID: String?

        init(row: Row) throws {
            self.conversation = try Conversation(row: row)
            self.activeLeafSourceID = try row.get("active_leaf_source_id")
        }
    }

    /// A message as the file has it.
    struct ExportedMessage: RowDecodable {
        let message: Message
        /// Ids in the file: those of the file it came from, otherwise our own.
        let sourceID: String
        let parentSourceID: String?
        let editedFromSourceID: String?

        init(row: Row) throws {
            self.message = try Message(row: row)
            self.sourceID = try row.get("source_id")
            self.parentSourceID = try row.get("parent_source_id")
            self.editedFromSourceID = try row.get("edited_from_source_id")
        }
    }

    /// The next conversation in the order of ids, among these if any are named.
    func conversation(
        after id: UUID?,
        among ids: [UUID]?,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> ExportedConversation? {
        var condition: SQL = "c.owner_id = \(person) AND c.purge_after IS NULL"
        if let id { condition += " AND c.id > \(id)" }
        if let ids { condition += " AND c.id = ANY (\(ids))" }
        return try await self.database.read(
            """
            SELECT \(fragment: Conversation.columns),
                coalesce(l.source_id, l.id::text) AS active_leaf_source_id
            FROM conversations.conversations AS c
            LEFT JOIN conversations.messages AS l
                ON l.conversation_id = c.id AND l.id = c.active_leaf_id
            WHERE \(fragment: condition) ORDER BY c.id LIMIT 1
            """,
            as: .person(person),
            deadline: deadline
        ).decodeFirst()
    }

    /// How many of these conversations the person has.
    func count(
        of ids: [UUID],
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Int64 {
        try await self.database.read(
            """
            SELECT count(*) AS count FROM conversations.conversations AS c
            WHERE c.owner_id = \(person) AND c.purge_after IS NULL AND c.id = ANY (\(ids))
            """,
            as: .person(person),
            deadline: deadline
        ).rows.first?.get("count") ?? 0
    }

    /// The next messages of a conversation, up to the one that was the latest when it began.
    func messages(
        of conversation: UUID,
        after sequence: Int64,
        through last: Int64,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> [ExportedMessage] {
        try await self.database.read(
            """
            SELECT \(fragment: Message.columns), coalesce(m.source_id, m.id::text) AS source_id,
                coalesce(p.source_id, p.id::text) AS parent_source_id,
                coalesce(e.source_id, e.id::text) AS edited_from_source_id
            FROM (
                SELECT m.*, sum(m.byte_count) OVER (
                    ORDER BY m.sequence
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
                FROM (
                    SELECT m.* FROM conversations.messages AS m
                    WHERE m.conversation_id = \(conversation) AND m.owner_id = \(person)
                        AND m.sequence > \(sequence) AND m.sequence <= \(last)
                    ORDER BY m.sequence LIMIT \(Self.batchCount)
                ) AS m
            ) AS m
            LEFT JOIN conversations.messages AS p
                ON p.conversation_id = m.conversation_id AND p.id = m.parent_id
            LEFT JOIN conversations.messages AS e
                ON e.conversation_id = m.conversation_id AND e.id = m.edited_from_id
            WHERE coalesce(m.bytes_before, 0) < \(PageBounds.byteCount)
            ORDER BY m.sequence
            """,
            as: .person(person),
            deadline: deadline
        ).decode()
    }
}
