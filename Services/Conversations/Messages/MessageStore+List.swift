internal import ConversationsAPI
internal import Postgres
internal import RPC

internal import struct FoundationEssentials.UUID

extension MessageStore {
    /// Which messages a list shows.
    struct Listing: Hashable {
        /// Which conversation.
        var conversationID: UUID
        /// The leaf of the branch to list; `nil` for the whole tree.
        var leafID: UUID?
        /// In which order.
        var direction: ListDirection
    }

    /// Where a branch ends.
    enum Leaf: Hashable {
        /// There is no such conversation of the person.
        case conversationMissing
        /// The message is not in the conversation.
        case messageMissing
        /// Here; `nil` while there are no messages.
        case message(UUID?)
    }

    /// The leaf that a caller names, or the active one.
    func leaf(
        _ leaf: UUID?,
        of conversation: UUID,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> Leaf {
        let rows = try await self.database.read(
            """
            SELECT m.id FROM conversations.conversations AS c
            LEFT JOIN conversations.messages AS m
                ON m.conversation_id = c.id AND m.id = coalesce(\(leaf), c.active_leaf_id)
            WHERE c.id = \(conversation) AND c.owner_id = \(person) AND c.purge_after IS NULL
            """,
            as: .person(person),
            deadline: deadline
        ).rows
        guard let row = rows.first else { return .conversationMissing }
        let found: UUID? = try row.get("id")
        return found == nil && leaf != nil ? .messageMissing : .message(found)
    }

    /// Reads a page: at most `limit` messages after the one with this sequence, in the listing's
    /// direction, and the sequence after which the next page begins.
    func list(
        _ listing: Listing,
        after: Int64?,
        limit: Int,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> (messages: [Message], next: Int64?) {
        let isNewestFirst = listing.direction == .newestFirst
        let order: SQL = isNewestFirst ? "m.sequence DESC" : "m.sequence"
        let source =
            listing.leafID.map {
                Self.branch(listing, leaf: $0, after: after, limit: limit, as: person)
            } ?? Self.tree(listing, after: after, as: person)
        let rows = try await self.database.read(
            """
            SELECT \(fragment: Message.columns), m.candidate_count
            FROM (
                SELECT m.*, count(*) OVER () AS candidate_count, sum(m.byte_count) OVER (
                    ORDER BY \(fragment: order)
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
                FROM (
                    \(fragment: source) ORDER BY \(fragment: order) LIMIT \(Int64(limit + 1))
                ) AS m
            ) AS m
            WHERE coalesce(m.bytes_before, 0) < \(PageBounds.byteCount)
            ORDER BY \(fragment: order)
            """,
            as: .person(person),
            deadline: deadline
        ).rows
        let page = try PageBounds.cut(rows, limit: limit, as: Message.self)
        return (page.values, try page.lastRowIfMore?.get("sequence"))
    }

    /// All messages of the conversation beyond a position.
    private static func tree(_ listing: Listing, after: Int64?, as person: UUID) -> SQL {
        var sql: SQL = """
            SELECT m.* FROM conversations.messages AS m
            WHERE m.conversation_id = \(listing.conversationID) AND m.owner_id = \(person)
            """
        if let after {
            sql +=
                listing.direction == .newestFirst
                ? " AND m.sequence < \(after)" : " AND m.sequence > \(after)"
        }
        return sql
    }

    /// The messages from a leaf towards the root.
    ///
    /// Going newest first, the walk begins where the
    /// page before ended and takes as many steps as the page has messages.  Going oldest first, it
    /// begins at the leaf and ends at the page before.
    private static func branch(
        _ listing: Listing,
        leaf: UUID,
        after: Int64?,
        limit: Int,
        as person: UUID
    ) -> SQL {
        let start: SQL
        let step: SQL
        if listing.direction == .newestFirst {
            start =
                after.map { after in
                    """
                    m.id = (
                        SELECT p.parent_id FROM conversations.messages AS p
                        WHERE p.conversation_id = \(listing.conversationID)
                            AND p.sequence = \(after))
                    """
                } ?? "m.id = \(leaf)"
            step = "b.depth <= \(Int32(clamping: limit))"
        } else {
            start = "m.id = \(leaf) AND m.sequence > \(after ?? 0)"
            step = "m.sequence > \(after ?? 0)"
        }
        return """
            SELECT m.* FROM (
                WITH RECURSIVE branch AS (
                    SELECT m.id, m.parent_id, 1 AS depth
                    FROM conversations.messages AS m
                    WHERE m.conversation_id = \(listing.conversationID)
                        AND m.owner_id = \(person) AND \(fragment: start)
                    UNION ALL
                    SELECT m.id, m.parent_id, b.depth + 1
                    FROM branch AS b CROSS JOIN LATERAL (
                        SELECT m.id, m.parent_id FROM conversations.messages AS m
                        WHERE m.conversation_id = \(listing.conversationID)
                            AND m.id = b.parent_id AND \(fragment: step)
                        OFFSET 0) AS m
                )
                SELECT b.id FROM branch AS b
            ) AS b JOIN conversations.messages AS m
                ON m.conversation_id = \(listing.conversationID) AND m.id = b.id
            """
    }
}
