internal import ConversationsAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL about conversations themselves.
struct ConversationStore {
    let database: Database
    let answers: KeptAnswers
    private let byID: RowLookup

    init(database: Database, answers: KeptAnswers) {
        self.database = database
        self.answers = answers
        self.byID = RowLookup(database, keyColumn: "id") { ids, person in
            """
            SELECT \(fragment: Conversation.columns) FROM conversations.conversations AS c
            WHERE c.id = ANY (\(ids)) AND c.owner_id = \(person) AND c.purge_after IS NULL
            """
        }
    }

    /// What became of a request to create or change a conversation.
    enum Outcome: Sendable {
        /// It was done; the conversation as it is now.
        case changed(Conversation)
        /// It was so already.
        case unchanged(Conversation)
        /// There is no such conversation of the person.
        case missing
        /// It has changed since the version that was expected.
        case stale
        /// The message to select is not in it.
        case messageMissing
        /// The idempotency key came before with another request.
        case keyReused

        /// The conversation, if it is another now than before.
        var changedID: UUID? {
            if case .changed(let conversation) = self { conversation.id } else { nil }
        }
    }

    /// Where a page of conversations begins: after this one.
    struct Position: Hashable {
        let isPinned: Bool
        let lastActivityAt: Date
        let id: UUID
    }

    /// Which conversations a list shows.
    struct Filter: Hashable {
        var isArchived = false
        var contextType: ContextType?
        var contextID: UUID?
    }

    /// Makes a conversation; with a key, one.
    ///
    /// The conversation remembers its key for as long as it is there; its answer is kept for a
    /// while.
    static func create(_ draft: Draft, once call: KeyedCall?) -> SQL {
        """
        conversations.create_conversation(
            \(JSONText(draft.text)), \(call?.key), \(call?.digest))
        """
    }

    /// Changes a conversation and notes the event.
    static func change(_ id: UUID, _ change: ConversationChange, expectedVersion: Int64?) -> SQL {
        """
        conversations.change_conversation(
            \(id), \(expectedVersion), \(change.kind.rawValue),
            \(JSONText(change.columns.text)),
            \(change.wireFields.map { JSONText($0.text) }))
        """
    }

    /// Whether the function has made or changed a conversation: the condition of an event that is
    /// recorded with it.
    static let hasChanged: SQL = """
        EXISTS (SELECT FROM r WHERE r.outcome IN ('created', 'changed'))
        """

    /// Runs a function that makes or changes a conversation: one round trip, or with a key three,
    /// and then once.
    ///
    /// - Parameters:
    ///   - function: ``create(_:once:)`` or ``change(_:_:expectedVersion:)``.
    ///   - event: the statement that records it if ``hasChanged``.
    ///   - answer: makes the answer, or refuses, which undoes everything.
    /// - Returns: the answer, and which conversation has changed, if one has.
    func perform<Answer: Codable & Sendable>(
        _ function: SQL,
        once call: KeyedCall?,
        recording event: SQL?,
        as person: UUID,
        deadline: ContinuousClock.Instant?,
        answer: (Outcome) throws -> Answer
    ) async throws -> (answer: Answer, changed: UUID?) {
        guard let call else {
            let results = try await self.database.write(
                "WITH "
                    + Self.statement(
                        "SELECT f.outcome, f.conversation FROM \(fragment: function) AS f",
                        recording: event
                    ),
                as: .person(person),
                deadline: deadline
            )
            let outcome = try Self.outcome(of: results)
            return (try answer(outcome), outcome.changedID)
        }
        var changed: UUID?
        let given = try await self.answers.once(
            call,
            in: self.database,
            as: .person(person),
            deadline: deadline
        ) { claimed in
            // In the list of what is selected, so that it runs once for each row of `claimed`.
            let results: SQL = """
                SELECT (f.result).outcome, (f.result).conversation
                FROM (SELECT \(fragment: function) AS result FROM claimed OFFSET 0) AS f
                """
            return [
                "WITH \(fragment: claimed), " + Self.statement(results, recording: event)
            ]
        } answer: { results in
            let outcome = try Self.outcome(of: results)
            changed = outcome.changedID
            return try answer(outcome)
        }
        return (given, changed)
    }

    /// Reads what the function gave out, after `WITH`, and records it in the same statement.
    private static func statement(_ results: SQL, recording event: SQL?) -> SQL {
        let recorded: SQL = event.map { ", recorded AS (\(fragment: $0))" } ?? ""
        return """
            r AS MATERIALIZED (\(fragment: results))\(fragment: recorded)
            SELECT r.outcome, \(fragment: Conversation.columns)
            FROM r CROSS JOIN LATERAL (SELECT (r.conversation).*) AS c
            """
    }

    /// Reads one conversation.
    func find(
        _ id: UUID,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Conversation? {
        try await self.byID.row(for: id, as: person, deadline: deadline)
            .map(Conversation.init(row:))
    }

    /// Reads a page: at most `limit` conversations after a position, and where the next begins.
    func list(
        _ filter: Filter,
        after position: Position?,
        limit: Int,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> (conversations: [Conversation], next: Position?) {
        var condition: SQL = """
            c.owner_id = \(person) AND c.purge_after IS NULL
            """
        condition += filter.isArchived ? " AND c.is_archived" : " AND NOT c.is_archived"
        if let type = filter.contextType {
            condition += " AND c.context_type = \(type.rawValue)"
        }
        if let id = filter.contextID { condition += " AND c.context_id = \(id)" }
        if let position {
            condition += """
                 AND (c.is_pinned, c.last_activity_at, c.id)
                < (\(position.isPinned), \(position.lastActivityAt), \(position.id))
                """
        }
        let rows = try await self.database.read(
            """
            SELECT \(fragment: Conversation.columns), c.last_activity_at, c.candidate_count
            FROM (
                SELECT c.*, count(*) OVER () AS candidate_count,
                    sum(coalesce(octet_length(c.system_prompt), 0)
                        + octet_length(c.settings::text) + octet_length(c.metadata::text)) OVER (
                        ORDER BY c.is_pinned DESC, c.last_activity_at DESC, c.id DESC
                        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
                FROM (
                    SELECT c.* FROM conversations.conversations AS c
                    WHERE \(fragment: condition)
                    ORDER BY c.is_pinned DESC, c.last_activity_at DESC, c.id DESC
                    LIMIT \(Int64(limit + 1))
                ) AS c
            ) AS c
            WHERE coalesce(c.bytes_before, 0) < \(PageBounds.byteCount)
            ORDER BY c.is_pinned DESC, c.last_activity_at DESC, c.id DESC
            """,
            as: .person(person),
            deadline: deadline
        ).rows
        let page = try PageBounds.cut(rows, limit: limit, as: Conversation.self)
        let next = try page.lastRowIfMore.map {
            Position(
                isPinned: try $0.get("is_pinned"),
                lastActivityAt: try $0.get("last_activity_at"),
                id: try $0.get("id")
            )
        }
        return (page.values, next)
    }

    private static func outcome(of results: [QueryResult]) throws -> Outcome {
        guard let row = results.first?.rows.first else { return .missing }
        switch try row.get("outcome", as: String.self) {
        case "created", "changed": return .changed(try Conversation(row: row))
        case "repeated", "unchanged": return .unchanged(try Conversation(row: row))
        case "stale": return .stale
        case "message_missing": return .messageMissing
        case "key_reused": return .keyReused
        default: return .missing
        }
    }
}
