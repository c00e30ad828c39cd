package import AuditAPI
package import Postgres

internal import struct FoundationEssentials.UUID

/// The SQL of engagement by day.
struct EngagementStore: Sendable {
    let database: Database

    /// Signs of a session that are further apart mean that the person was away between them: three
    /// times as long as an access token is valid.
    static let longestAbsence: Duration = .seconds(900)

    /// A day of a person, after which a page begins.
    struct Position: Hashable, Sendable {
        let day: CalendarDay
        let userID: UUID
    }

    /// Days with anything on them, by day and person.
    func days(
        of person: UUID?, from first: CalendarDay, through last: CalendarDay,
        after position: Position?, limit: Int, deadline: ContinuousClock.Instant?
    ) async throws -> [EngagementDay] {
        var condition: SQL =
            "d.day >= \(first.text)::text::date AND d.day <= \(last.text)::text::date"
        if let person { condition += " AND d.user_id = \(person)" }
        if let position {
            condition += """
                 AND (d.day, d.user_id)
                    > (\(position.day.text)::text::date, \(position.userID))
                """
        }
        return try await self.database.query(
            """
            WITH days AS MATERIALIZED (
                \(fragment: Self.page(condition, limit: Int64(limit)))
            ), \(fragment: Self.presence)
            SELECT d.user_id, p.username, d.day::text AS day,
                coalesce(a.conversation_count, 0) AS conversation_count,
                coalesce(a.order_count, 0) AS order_count,
                coalesce(r.page_view_count, 0) AS page_views,
                coalesce(r.duration_seconds, 0) AS reported_seconds,
                (
                    SELECT coalesce(sum(extract(epoch FROM upper(s) - lower(s))), 0)
                        ::double precision
                    FROM unnest(present.spans * tstzmultirange(tstzrange(
                        d.day::timestamp AT TIME ZONE 'UTC',
                        (d.day + 1)::timestamp AT TIME ZONE 'UTC'))) AS s
                ) AS session_seconds
            FROM days AS d
            LEFT JOIN audit.people AS p ON p.user_id = d.user_id
            LEFT JOIN audit.audited_days AS a ON a.user_id = d.user_id AND a.day = d.day
            LEFT JOIN audit.reported_days AS r ON r.user_id = d.user_id AND r.day = d.day
            LEFT JOIN present ON present.user_id = d.user_id
            ORDER BY d.day, d.user_id
            """,
            as: .purpose("read"), deadline: deadline
        ).decode()
    }

    /// The days of the page: from both tables as many as the page has, which is enough of each.
    private static func page(_ condition: SQL, limit: Int64) -> SQL {
        """
        SELECT DISTINCT d.day, d.user_id FROM (
            (SELECT d.day, d.user_id FROM audit.audited_days AS d
            WHERE \(fragment: condition) ORDER BY d.day, d.user_id LIMIT \(limit))
            UNION ALL
            (SELECT d.day, d.user_id FROM audit.reported_days AS d
            WHERE \(fragment: condition) ORDER BY d.day, d.user_id LIMIT \(limit))
        ) AS d
        ORDER BY d.day, d.user_id LIMIT \(limit)
        """
    }

    /// When the people of `days` had a session in use: from each sign of a session to the next,
    /// where they are not too far apart; spans that overlap are one.
    private static var presence: SQL {
        let absence: SQL = "make_interval(secs => \(Self.longestAbsence / .seconds(1)))"
        return """
            signs AS MATERIALIZED (
                SELECT u.user_id, e.session_id, e.occurred_at FROM (
                    SELECT d.user_id, min(d.day) AS first, max(d.day) AS last
                    FROM days AS d GROUP BY d.user_id
                ) AS u CROSS JOIN LATERAL (
                    SELECT e.session_id, e.occurred_at FROM audit.entries AS e
                    WHERE e.actor_id = u.user_id AND e.session_id IS NOT NULL
                        AND e.outcome = 'succeeded' AND e.action IN (
                            'signed_in', 'session_refreshed', 'signed_out', 'session_revoked')
                        AND e.occurred_at >= u.first::timestamp AT TIME ZONE 'UTC'
                            - \(fragment: absence)
                        AND e.occurred_at < (u.last + 1)::timestamp AT TIME ZONE 'UTC'
                            + \(fragment: absence)
                ) AS e
            ), present AS MATERIALIZED (
                SELECT s.user_id, range_agg(tstzrange(s.since, s.occurred_at)) AS spans
                FROM (
                    SELECT s.user_id, s.occurred_at, lag(s.occurred_at) OVER (
                        PARTITION BY s.user_id, s.session_id ORDER BY s.occurred_at) AS since
                    FROM (
                        SELECT * FROM signs
                        UNION ALL
                        -- Where another session or another person has ended it.
                        SELECT s.user_id, s.session_id, e.occurred_at
                        FROM (SELECT DISTINCT user_id, session_id FROM signs) AS s
                        JOIN audit.entries AS e ON e.resource_id = lower(s.session_id::text)
                            AND e.resource_type = 'session' AND e.action = 'session_revoked'
                            AND e.outcome = 'succeeded'
                    ) AS s
                ) AS s
                WHERE s.occurred_at > s.since
                    AND s.occurred_at - s.since <= \(fragment: absence)
                GROUP BY s.user_id
            )
            """
    }
}

extension EngagementDay: RowDecodable {
    package init(row: Row) throws {
        self.init(
            userID: try row.get("user_id"), username: try row.get("username"),
            day: try row.get("day"),
            sessionSeconds: try row.get("session_seconds", as: Double?.self) ?? 0,
            reportedSeconds: try row.get("reported_seconds"),
            pageViews: try row.get("page_views"),
            conversationCount: try row.get("conversation_count"),
            orderCount: try row.get("order_count"))
    }
}
