package import AuditAPI
package import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// The SQL of reported activities and of the list of people.
struct ActivityStore: Sendable {
    let database: Database
    let answers: KeptAnswers

    /// Where a report comes from.
    struct Origin: Sendable {
        let person: UUID
        let sessionID: UUID
        let clientAddress: String?
        let userAgent: String?
    }

    /// Stores activities; with an idempotency key, once.
    func store(
        _ activities: [CheckedActivity], from origin: Origin, once call: KeyedCall?,
        deadline: ContinuousClock.Instant?
    ) async throws -> ReportedActivities {
        try await self.database.transaction(
            as: .person(origin.person), deadline: deadline, retrying: 3
        ) { transaction in
            if let call {
                let results = try await transaction.batch(self.answers.claim(call))
                let kept: ReportedActivities? = try self.answers.answer(to: call, in: results)
                if let kept { return kept }
            }
            let reply = ReportedActivities(count: Int64(activities.count))
            let statements =
                [Self.insertion(activities, origin)] + Self.days(activities, origin.person)
                + (try call.map { [try self.answers.keep(reply, of: $0)] } ?? [])
            _ = try await transaction.batch(statements)
            return reply
        }
    }

    private static func insertion(_ activities: [CheckedActivity], _ origin: Origin) -> SQL {
        """
        INSERT INTO audit.activities (
            user_id, session_id, client_address, user_agent, action, resource_type, resource_id,
            duration_seconds, metadata, occurred_at)
        SELECT \(origin.person), \(origin.sessionID), \(origin.clientAddress),
            \(origin.userAgent), a.action, a.resource_type, a.resource_id, a.duration_seconds,
            a.metadata::jsonb, a.occurred_at
        FROM unnest(
            \(activities.map(\.action)), \(activities.map(\.resourceType)),
            \(activities.map(\.resourceID)), \(activities.map(\.durationSeconds)),
            \(activities.map(\.metadata)), \(activities.map(\.occurredAt))
        ) AS a (
            action, resource_type, resource_id, duration_seconds, metadata, occurred_at)
        """
    }

    private static func days(_ activities: [CheckedActivity], _ person: UUID) -> [SQL] {
        let reported: SQL = """
            unnest(
                \(activities.map(\.action)), \(activities.map(\.durationSeconds)),
                \(activities.map(\.occurredAt))
            ) AS a (action, duration_seconds, occurred_at)
            """
        return [
            """
            INSERT INTO audit.reported_days (user_id, day)
            SELECT DISTINCT \(person), (a.occurred_at AT TIME ZONE 'UTC')::date
            FROM \(fragment: reported) ORDER BY 2
            ON CONFLICT (day, user_id) DO NOTHING
            """,
            """
            UPDATE audit.reported_days AS d
            SET activity_count = d.activity_count + n.activity_count,
                last_at = greatest(d.last_at, n.last_at),
                page_view_count = d.page_view_count + n.page_view_count,
                duration_seconds = d.duration_seconds + n.duration_seconds
            FROM (
                SELECT (a.occurred_at AT TIME ZONE 'UTC')::date AS day,
                    count(*) AS activity_count, max(a.occurred_at) AS last_at,
                    count(*) FILTER (WHERE a.action = \(Activity.pageViewed))
                        AS page_view_count,
                    sum(a.duration_seconds) AS duration_seconds
                FROM \(fragment: reported) GROUP BY 1
            ) AS n
            WHERE d.user_id = \(person) AND d.day = n.day
            """,
        ]
    }

    /// People in the order of their ids with what they did.
    func summaries(
        of person: UUID?, after last: UUID?, limit: Int, deadline: ContinuousClock.Instant?
    ) async throws -> [ActivitySummary] {
        var condition: SQL = "true"
        if let person { condition += " AND p.user_id = \(person)" }
        if let last { condition += " AND p.user_id > \(last)" }
        return try await self.database.query(
            """
            SELECT p.*, d.reported_count, d.audited_count, d.last_at, d.active_days
            FROM (
                SELECT p.user_id, p.username, p.display_name, p.roles, p.is_active
                FROM audit.people AS p WHERE \(fragment: condition)
                ORDER BY p.user_id LIMIT \(Int64(limit))
            ) AS p
            CROSS JOIN LATERAL (
                SELECT coalesce(sum(d.reported), 0)::bigint AS reported_count,
                    coalesce(sum(d.audited), 0)::bigint AS audited_count,
                    max(d.last_at) AS last_at,
                    count(DISTINCT d.day) FILTER (WHERE d.reported + d.audited > 0)
                        AS active_days
                FROM (
                    SELECT d.day, d.last_at, 0 AS reported, d.action_count AS audited
                    FROM audit.audited_days AS d WHERE d.user_id = p.user_id
                    UNION ALL
                    SELECT d.day, d.last_at, d.activity_count, 0
                    FROM audit.reported_days AS d WHERE d.user_id = p.user_id
                ) AS d
            ) AS d
            ORDER BY p.user_id
            """,
            as: .purpose("read"), deadline: deadline
        ).decode()
    }
}

extension ActivitySummary: RowDecodable {
    package init(row: Row) throws {
        let (reported, audited): (Int64, Int64) = (
            try row.get("reported_count"), try row.get("audited_count")
        )
        self.init(
            userID: try row.get("user_id"), username: try row.get("username"),
            displayName: try row.get("display_name"), roles: try row.get("roles"),
            isActive: try row.get("is_active"), totalActivities: reported + audited,
            reportedCount: reported, auditedCount: audited, lastActivityAt: try row.get("last_at"),
            activeDays: try row.get("active_days"))
    }
}
