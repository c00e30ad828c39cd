internal import ConversationsAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// All SQL about messages.
struct MessageStore {
    let database: Database
    private let byID: RowLookup

    init(database: Database) {
        self.database = database
        self.byID = RowLookup(database, keyColumn: "id") { ids, person in
            """
            SELECT \(fragment: Message.columns)
            FROM conversations.messages AS m
            JOIN conversations.conversations AS c ON c.id = m.conversation_id
            WHERE m.id = ANY (\(ids)) AND m.owner_id = \(person) AND c.purge_after IS NULL
            """
        }
    }

    /// What became of a request to store a message.
    enum Outcome: Sendable {
        /// It is stored; `isRepeated` if an earlier request with the same key did it.
        case stored(StoredMessage)
        /// There is no such conversation, or no such original.
        case missing
        /// The parent is not in the conversation.
        case messageMissing
        /// The conversation has changed since the version that was expected.
        case stale
        /// The idempotency key came before with another request.
        case keyReused
    }

    /// Adds a message after a parent or the active leaf: one statement, one round trip.
    ///
    /// A key is kept beside the message rather than with a copy of the answer (``KeptAnswers``):
    /// messages never change, so the answer can be made again from the message, and a message that
    /// is deleted is not left behind in an answer.
    func append(
        to conversation: UUID,
        after parent: UUID?,
        _ draft: Draft,
        once call: KeyedCall?,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Outcome {
        let results = try await self.database.write(
            """
            SELECT r.outcome, r.version AS conversation_version, \(fragment: Message.columns)
            FROM conversations.append_message(
                \(conversation), \(parent), \(JSONText(draft.text)), \(call?.key),
                \(call?.digest)) AS r
            CROSS JOIN LATERAL (SELECT (r.message).*) AS m
            """,
            as: .person(person),
            deadline: deadline
        )
        return try Self.outcome(of: results)
    }

    /// Stores another version of a message beside it.
    func edit(
        _ original: UUID,
        _ draft: Draft,
        expectedVersion: Int64?,
        once call: KeyedCall?,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Outcome {
        let results = try await self.database.write(
            """
            SELECT r.outcome, r.version AS conversation_version, \(fragment: Message.columns)
            FROM conversations.edit_message(
                \(original), \(JSONText(draft.text)), \(expectedVersion), \(call?.key),
                \(call?.digest)) AS r
            CROSS JOIN LATERAL (SELECT (r.message).*) AS m
            """,
            as: .person(person),
            deadline: deadline
        )
        return try Self.outcome(of: results)
    }

    /// Reads one message.
    func find(
        _ id: UUID,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Message? {
        try await self.byID.row(for: id, as: person, deadline: deadline).map(Message.init(row:))
    }

    private static func outcome(of results: [QueryResult]) throws -> Outcome {
        guard let row = results.first?.rows.first else { return .missing }
        let outcome: String = try row.get("outcome")
        switch outcome {
        case "stored", "repeated":
            return .stored(
                StoredMessage(
                    message: try Message(row: row),
                    conversationVersion: try row.get("conversation_version"),
                    isRepeated: outcome == "repeated"
                )
            )
        case "message_missing": return .messageMissing
        case "stale": return .stale
        case "key_reused": return .keyReused
        default: return .missing
        }
    }
}
