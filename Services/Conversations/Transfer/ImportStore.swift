internal import Postgres
internal import RPC

internal import struct FoundationEssentials.UUID

/// All SQL of the import.
struct ImportStore {
    let database: Database

    /// Messages that become visible rows in one transaction.
    static let moveCount: Int64 = 250

    /// How the staged messages of a conversation are put in order.
    enum Ordering: Hashable {
        /// In the order of the file, which has parents first.
        case asInFile
        /// By time, parents first; a message whose parent is not there becomes a root.
        case byTime
    }

    /// What became of ordering.
    enum Ordered: Hashable {
        case ordered(messageCount: Int64)
        case parentMissing(of: String)
        case cycle(at: String)
    }

    /// Whether the person has this conversation already.
    func contains(
        format: String,
        sourceID: String,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Bool {
        try await self.database.read(
            "SELECT conversations.find_import(\(format)::text, \(sourceID)::text) AS found",
            as: .person(person),
            deadline: deadline
        ).rows.first?.get("found") ?? false
    }

    /// Adds messages to a conversation that is being imported.
    func stage(
        _ messages: [JSONValue],
        of importID: UUID,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws {
        _ = try await self.database.write(
            """
            INSERT INTO conversations.import_messages (
                import_id, ordinal, owner_id, source_id, parent_source_id,
                edited_from_source_id, written_at, draft)
            SELECT \(importID), s.ordinal, \(person), s.source_id, s.parent_source_id,
                s.edited_from_source_id, s.written_at, s.draft
            FROM jsonb_to_recordset(\(JSONText(JSONValue.array(messages).text))) AS s(
                ordinal bigint, source_id text, parent_source_id text,
                edited_from_source_id text, written_at timestamptz, draft jsonb)
            """,
            as: .person(person),
            deadline: deadline
        )
    }

    /// Numbers the staged messages.
    func order(
        _ importID: UUID,
        _ ordering: Ordering,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Ordered {
        let results = try await self.database.write(
            """
            SELECT r.outcome, r.source, r.message_count
            FROM conversations.order_import(\(importID), \(ordering == .asInFile)) AS r
            """,
            as: .person(person),
            deadline: deadline
        )
        guard let row = results.first?.rows.first else { return .ordered(messageCount: 0) }
        let source = try row.get("source", as: String?.self) ?? ""
        switch try row.get("outcome", as: String.self) {
        case "parent_missing": return .parentMissing(of: source)
        case "cycle": return .cycle(at: source)
        default: return .ordered(messageCount: try row.get("message_count"))
        }
    }

    /// Whether the conversation is seen from now on: the condition of an event that is recorded
    /// with it.
    static let isFinished: SQL = "EXISTS (SELECT FROM r WHERE r.conversation_id IS NOT NULL)"

    /// Makes the conversation and its messages, a few at a time, and then lets it be seen.
    ///
    /// - Parameter event: the statement that records it if it ``isFinished``.
    /// - Returns: its id; `nil` if another import of the same conversation was quicker.
    func complete(
        _ conversation: ImportedConversation,
        _ importID: UUID,
        messageCount: Int64,
        as person: UUID,
        deadline: ContinuousClock.Instant?,
        recording event: (UUID) throws -> SQL
    ) async throws -> UUID? {
        let begun = try await self.database.write(
            """
            SELECT r.conversation_id
            FROM conversations.begin_import(\(JSONText(conversation.draft.text))) AS r
            """,
            as: .person(person),
            deadline: deadline
        )
        guard let id: UUID = try begun.first?.rows.first?.get(0) else { return nil }
        for first in stride(from: 1, through: messageCount, by: Int(Self.moveCount)) {
            _ = try await self.database.write(
                """
                SELECT conversations.move_import(
                    \(importID), \(id), \(first), \(first + Self.moveCount - 1))
                """,
                as: .person(person),
                deadline: deadline
            )
        }
        let finished = try await self.database.write(
            """
            WITH r AS MATERIALIZED (
                SELECT f.conversation_id FROM conversations.finish_import(
                    \(importID), \(id), \(conversation.activeLeafSourceID)) AS f
            ), recorded AS (\(fragment: try event(id)))
            SELECT r.conversation_id FROM r
            """,
            as: .person(person),
            deadline: deadline
        )
        return try finished.first?.rows.first?.get("conversation_id")
    }

    /// Forgets staged messages.
    func discard(
        _ importIDs: [UUID],
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws {
        _ = try await self.database.write(
            "DELETE FROM conversations.import_messages WHERE import_id = ANY (\(importIDs))",
            as: .person(person),
            deadline: deadline
        )
    }
}
