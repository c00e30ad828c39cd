internal import AuditAPI
internal import AuditFormat
internal import Logging
internal import Postgres

internal import struct FoundationEssentials.Data

/// The SQL by which people and their days follow the log: each part of it once, in the transaction
/// that moves the position.
struct FollowStore: Sendable {
    let database: Database
    let logger: Logger

    /// Entries of one step.
    static let stepCount: Int64 = 2_000
    /// The longest time of one step.
    private static let stepTimeout: Duration = .seconds(30)

    /// A part of one tree of the log.
    private struct Span: Sendable {
        let logEpoch: Int64
        let range: Range<Int64>

        /// The entries of it.
        var condition: SQL {
            """
            e.log_epoch = \(self.logEpoch) AND e.log_index >= \(self.range.lowerBound)
                AND e.log_index < \(self.range.upperBound)
            """
        }

        /// The payloads of them: said too where both are joined, so that whatever the planner
        /// makes of it no step looks at more.
        var payloadCondition: SQL {
            """
            p.log_epoch = \(self.logEpoch) AND p.log_index >= \(self.range.lowerBound)
                AND p.log_index < \(self.range.upperBound)
            """
        }
    }

    /// Takes in the next part of the log.
    ///
    /// - Returns: whether there may be more.
    func step() async throws -> Bool {
        try await self.database.transaction(
            as: .purpose("follow"), deadline: .now + Self.stepTimeout
        ) { transaction in
            let rows = try await transaction.batch([
                // What is lost with the server is followed again.
                "SELECT set_config('synchronous_commit', 'off', true)",
                """
                SELECT f.log_epoch, f.next_index, s.log_epoch AS current_epoch, s.size, (
                    SELECT n.kept_size FROM audit.log_epochs AS n
                    WHERE n.log_epoch = f.log_epoch + 1) AS kept_size
                FROM audit.follow_position AS f CROSS JOIN audit.log_state AS s
                FOR UPDATE OF f
                """,
            ])[1].rows
            guard let row = rows.first else { return false }
            let (epoch, next): (Int64, Int64) = (
                try row.get("log_epoch"), try row.get("next_index")
            )
            let isCurrent = try row.get("current_epoch", as: Int64.self) == epoch
            let size: Int64 =
                isCurrent
                ? try row.get("size") : try row.get("kept_size", as: Int64?.self) ?? 0
            guard next < size else {
                if isCurrent { return false }
                _ = try await transaction.execute(Self.move(to: epoch + 1, 0))
                return true
            }
            let span = Span(
                logEpoch: epoch, range: next..<min(next + Self.stepCount, size))
            let news = try await self.news(in: span, transaction)
            _ = try await transaction.batch(
                Self.people(in: span, news) + Self.days(in: span)
                    + [Self.move(to: epoch, span.range.upperBound)])
            return true
        }
    }

    private static func move(to epoch: Int64, _ index: Int64) -> SQL {
        "UPDATE audit.follow_position SET log_epoch = \(epoch), next_index = \(index)"
    }

    // MARK: People

    /// What the part says of people, in the order of the log.
    private func news(
        in span: Span, _ transaction: Transaction
    ) async throws -> [(logIndex: Int64, news: PersonNews)] {
        let rows = try await transaction.execute(
            """
            SELECT e.log_index, e.entry, p.payload FROM audit.entries AS e
            \(fragment: EntryStore.payloadJoin) AND \(fragment: span.payloadCondition)
            WHERE \(fragment: span.condition) AND e.resource_type = 'user'
                AND e.action = ANY (\(PersonNews.actions.map(\.rawValue)))
            ORDER BY e.log_index
            """
        ).rows
        return try rows.compactMap { row in
            let index: Int64 = try row.get("log_index")
            do {
                let entry = try LogEntry(canonicalBytes: try row.get("entry"))
                let payload = try row.get("payload", as: Data?.self)
                    .map(AuditPayload.init(bytes:))
                return PersonNews(try AuditEvent(bytes: entry.event), payload)
                    .map { (index, $0) }
            } catch {
                // The check of the log finds what was changed; people do not stand still for it.
                self.logger.error(
                    "an entry cannot be read", metadata: ["logIndex": "\(index)"])
                return nil
            }
        }
    }

    private static func people(
        in span: Span, _ told: [(logIndex: Int64, news: PersonNews)]
    ) -> [SQL] {
        let named = told.filter { $0.news.username != nil }
        var statements: [SQL] = [
            """
            INSERT INTO audit.people (user_id)
            SELECT e.actor_id FROM audit.entries AS e
            WHERE \(fragment: span.condition) AND e.actor_id IS NOT NULL
            UNION SELECT unnest(\(told.map(\.news.userID)))
            ON CONFLICT (user_id) DO NOTHING
            """,
            """
            INSERT INTO audit.person_names (user_id, log_epoch, log_index, username)
            SELECT t.user_id, \(span.logEpoch), t.log_index, t.username FROM (
                SELECT t.*, lag(t.username) OVER (
                    PARTITION BY t.user_id ORDER BY t.log_index) AS name_before
                FROM (
                    SELECT DISTINCT ON (t.user_id, t.log_index) t.* FROM (
                        SELECT n.* FROM unnest(
                            \(named.map(\.news.userID)), \(named.map(\.logIndex)),
                            \(named.compactMap(\.news.username))
                        ) AS n (user_id, log_index, username)
                        UNION ALL
                        SELECT p.actor_id, p.log_index, p.username FROM audit.payloads AS p
                        WHERE \(fragment: span.payloadCondition) AND p.actor_id IS NOT NULL
                            AND p.username <> ''
                    ) AS t
                ) AS t
            ) AS t JOIN audit.people AS p ON p.user_id = t.user_id
            WHERE NOT p.is_erased
                AND t.username IS DISTINCT FROM coalesce(t.name_before, p.username)
            """,
            """
            UPDATE audit.people AS p SET username = n.username
            FROM (
                SELECT DISTINCT ON (n.user_id) n.user_id, n.username
                FROM audit.person_names AS n
                WHERE n.log_epoch = \(span.logEpoch)
                    AND n.log_index >= \(span.range.lowerBound)
                    AND n.log_index < \(span.range.upperBound)
                ORDER BY n.user_id, n.log_index DESC
            ) AS n
            WHERE p.user_id = n.user_id
            """,
        ]
        for news in told.map(\.news) { statements += Self.change(news) }
        return statements
    }

    private static func change(_ news: PersonNews) -> [SQL] {
        guard !news.isErased else {
            return [
                """
                UPDATE audit.people SET username = NULL, display_name = NULL, roles = '{}',
                    is_active = false, is_erased = true
                WHERE user_id = \(news.userID)
                """,
                "DELETE FROM audit.person_names WHERE user_id = \(news.userID)",
                "DELETE FROM audit.activities WHERE user_id = \(news.userID)",
            ]
        }
        guard news.displayName != nil || news.roles != nil || news.isActive != nil else {
            return []
        }
        return [
            """
            UPDATE audit.people SET display_name = coalesce(\(news.displayName), display_name),
                roles = coalesce(\(news.roles), roles),
                is_active = coalesce(\(news.isActive), is_active)
            WHERE user_id = \(news.userID) AND NOT is_erased
            """
        ]
    }

    // MARK: Days

    private static func days(in span: Span) -> [SQL] {
        [
            """
            MERGE INTO audit.audited_days AS d USING (
                SELECT e.actor_id, (e.occurred_at AT TIME ZONE 'UTC')::date AS day,
                    coalesce(sum(e.count) FILTER (WHERE e.action <> 'session_refreshed'), 0)
                        ::bigint AS action_count,
                    max(e.occurred_at) FILTER (WHERE e.action <> 'session_refreshed') AS last_at,
                    count(*) FILTER (
                        WHERE e.action = 'conversation_created' AND e.outcome = 'succeeded'
                    ) AS conversation_count,
                    count(*) FILTER (
                        WHERE e.action = 'order_changed' AND e.outcome = 'succeeded'
                            AND e.resource_type = 'order' AND NOT EXISTS (
                                SELECT FROM audit.entries AS o
                                WHERE o.resource_id = e.resource_id
                                    AND o.resource_type = 'order'
                                    AND o.action = 'order_changed' AND o.outcome = 'succeeded'
                                    AND (o.log_epoch, o.log_index)
                                        < (e.log_epoch, e.log_index))
                    ) AS order_count
                FROM audit.entries AS e
                WHERE \(fragment: span.condition) AND e.actor_id IS NOT NULL
                GROUP BY 1, 2
            ) AS n ON d.user_id = n.actor_id AND d.day = n.day
            WHEN MATCHED THEN UPDATE SET action_count = d.action_count + n.action_count,
                last_at = greatest(d.last_at, n.last_at),
                conversation_count = d.conversation_count + n.conversation_count,
                order_count = d.order_count + n.order_count
            WHEN NOT MATCHED THEN INSERT (
                user_id, day, action_count, last_at, conversation_count, order_count)
            VALUES (
                n.actor_id, n.day, n.action_count, n.last_at, n.conversation_count, n.order_count)
            """
        ]
    }
}
