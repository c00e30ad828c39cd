package import ConversationsAPI
package import Postgres
internal import RPC

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL of the search.
///
/// The ranking is BM25 (Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) with
/// k1 = 0.9 and b = 0.4 over the person's own messages, computed from `postings`: on the SciFact
/// collection it reaches an nDCG@10 of 0.685, where `ts_rank` reaches 0.576 and asking for all
/// words at once 0.070.  The work is bounded: of a word that occurs in more messages than
/// ``postingCount``, the newest are considered.
struct SearchStore {
    let database: Database

    /// Messages considered for one word.
    static let postingCount = 10_000
    /// Messages whose text is compared with phrases, best first.
    static let phraseCandidateCount = 2_000
    /// Hits that can be reached page by page.
    static let hitCount = 1_000

    /// Which messages may be found.
    struct Filter: Hashable {
        var conversationID: UUID?
        var roles: [String] = []
        var model: String?
        var contextType: ContextType?
        var contextID: UUID?
        var isArchived: Bool?
        var createdFrom: Date?
        var createdBefore: Date?
    }

    /// Reads a page of hits, best first.
    func search(
        _ query: SearchQuery,
        _ filter: Filter,
        offset: Int,
        limit: Int,
        as person: UUID,
        deadline: ContinuousClock.Instant?
    ) async throws -> [MessageHit] {
        try await self.database.query(
            """
            \(fragment: Self.scored(query, as: person))
            SELECT p.*, ts_headline(
                'pg_catalog.english', left(p.text, 50000),
                websearch_to_tsquery('pg_catalog.english', \(query.highlighted)),
                'StartSel=**, StopSel=**, MaxFragments=2, MaxWords=18, MinWords=6, '
                    || 'FragmentDelimiter=" … "') AS snippet
            FROM (
                SELECT m.*, s.score
                FROM (\(fragment: Self.candidates(query))) AS s
                CROSS JOIN LATERAL (
                    SELECT m.id, m.conversation_id, m.role, m.created_at, m.text, c.title
                    FROM conversations.messages AS m
                    JOIN conversations.conversations AS c ON c.id = m.conversation_id
                    WHERE m.id = s.message_id AND m.owner_id = \(person)
                        AND c.purge_after IS NULL
                        \(fragment: Self.conditions(query, filter, as: person))
                    OFFSET 0
                ) AS m
                ORDER BY s.score DESC, s.message_id DESC
                OFFSET \(Int64(offset)) LIMIT \(Int64(limit))
            ) AS p
            ORDER BY p.score DESC, p.id DESC
            """,
            as: .person(person),
            deadline: deadline
        ).decode()
    }

    /// What precedes the search itself: `hit` says where each word occurs, `scored` what each
    /// message is worth.
    private static func scored(_ query: SearchQuery, as person: UUID) -> SQL {
        """
        WITH word AS (
            SELECT DISTINCT w.lexeme FROM unnest(tsvector_to_array(
                conversations.search_vector(\(query.words.joined(separator: " "))))) AS w(lexeme)
        ), hit AS MATERIALIZED (
            SELECT w.lexeme AS term, p.message_id, p.frequency::float8 AS frequency, p.length
            FROM word AS w CROSS JOIN LATERAL (
                SELECT p.message_id, p.frequency, p.length FROM conversations.postings AS p
                WHERE p.owner_id = \(person) AND p.lexeme = w.lexeme COLLATE "C"
                ORDER BY p.message_id DESC LIMIT \(Int64(Self.postingCount))
            ) AS p
            UNION ALL
            SELECT b.prefix || '*', p.message_id, sum(p.frequency)::float8, max(p.length)
            FROM unnest(\(query.prefixes)::text[]) AS b(prefix) CROSS JOIN LATERAL (
                SELECT p.message_id, p.frequency, p.length FROM conversations.postings AS p
                WHERE p.owner_id = \(person) AND p.lexeme >= b.prefix COLLATE "C"
                    AND p.lexeme < (b.prefix || chr(1114111)) COLLATE "C"
                LIMIT \(Int64(Self.postingCount))
            ) AS p
            GROUP BY b.prefix, p.message_id
        ), corpus AS (
            SELECT greatest(sum(c.message_count), 1)::float8 AS message_count,
                greatest(sum(c.search_length)::float8 / greatest(sum(c.message_count), 1), 1)
                    AS mean_length
            FROM conversations.conversations AS c
            WHERE c.owner_id = \(person) AND c.purge_after IS NULL
        ), weight AS (
            SELECT h.term, ln(1 + (greatest(c.message_count - count(*), 0) + 0.5)
                / (count(*) + 0.5)) AS idf
            FROM hit AS h CROSS JOIN corpus AS c GROUP BY h.term, c.message_count
        ), scored AS (
            SELECT h.message_id, sum(w.idf * h.frequency * 1.9
                / (h.frequency + 0.9 * (0.6 + 0.4 * h.length / c.mean_length))) AS score,
                count(*) FILTER (WHERE h.term = ANY (tsvector_to_array(
                    conversations.search_vector(\(query.phrases.joined(separator: " "))))))
                    AS required_count
            FROM hit AS h JOIN weight AS w ON w.term = h.term CROSS JOIN corpus AS c
            GROUP BY h.message_id
        )
        """
    }

    /// The scored messages, best first; with phrases, those that have all their words.
    private static func candidates(_ query: SearchQuery) -> SQL {
        guard !query.phrases.isEmpty else {
            return "SELECT * FROM scored ORDER BY score DESC, message_id DESC"
        }
        return """
            SELECT * FROM scored
            WHERE required_count = cardinality(tsvector_to_array(
                conversations.search_vector(\(query.phrases.joined(separator: " ")))))
            ORDER BY score DESC, message_id DESC LIMIT \(Int64(Self.phraseCandidateCount))
            """
    }

    private static func conditions(
        _ query: SearchQuery,
        _ filter: Filter,
        as person: UUID
    ) -> SQL {
        var sql: SQL = ""
        if let id = filter.conversationID { sql += " AND m.conversation_id = \(id)" }
        if !filter.roles.isEmpty { sql += " AND m.role = ANY (\(filter.roles)::text[])" }
        if let model = filter.model { sql += " AND m.model = \(model)" }
        if let type = filter.contextType { sql += " AND c.context_type = \(type.rawValue)" }
        if let id = filter.contextID { sql += " AND c.context_id = \(id)" }
        if let isArchived = filter.isArchived { sql += " AND c.is_archived = \(isArchived)" }
        if let date = filter.createdFrom { sql += " AND m.created_at >= \(date)" }
        if let date = filter.createdBefore { sql += " AND m.created_at < \(date)" }
        if !query.excludedWords.isEmpty {
            sql += """
                 AND NOT EXISTS (
                    SELECT FROM conversations.postings AS x
                    WHERE x.owner_id = \(person) AND x.message_id = m.id
                        AND x.lexeme = ANY (tsvector_to_array(conversations.search_vector(
                            \(query.excludedWords.joined(separator: " "))))))
                """
        }
        for phrase in query.phrases {
            sql += """
                 AND conversations.search_vector(m.text)
                    @@ phraseto_tsquery('pg_catalog.english', \(phrase))
                """
        }
        for phrase in query.excludedPhrases {
            sql += """
                 AND NOT conversations.search_vector(m.text)
                    @@ phraseto_tsquery('pg_catalog.english', \(phrase))
                """
        }
        return sql
    }
}

extension MessageHit: RowDecodable {
    package init(row: Row) throws {
        self.init(
            messageID: try row.get("id"),
            conversationID: try row.get("conversation_id"),
            conversationTitle: try row.get("title"),
            role: MessageRole(rawValue: try row.get("role")),
            createdAt: try row.get("created_at"),
            snippet: try row.get("snippet"),
            score: try row.get("score")
        )
    }
}
