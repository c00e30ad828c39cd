import AuditAPI
import Foundation
import Postgres
import RPC
import RPCTestSupport
import ServiceKit
import Testing

@testable import AuditService

/// What people did: reported, and as the log has it.
@Suite struct ActivityTests {
    private static let (ann, bob, idle) = (
        GeneratedEvents.actors[0], GeneratedEvents.actors[1], GeneratedEvents.actors[2]
    )

    /// Midnight in UTC, at the beginning of 2026-09-22.
    private static let midnight = Date(timeIntervalSince1970: 1_790_035_200)

    /// Appends events of identity and others at seconds after midnight.
    private func append(
        _ sink: TestSink, _ action: AuditAction, at seconds: Double, by actor: UUID?,
        session: Int? = nil, of resource: (String, String)? = nil, _ payload: AuditPayload? = nil
    ) async throws {
        try await sink.append(
            AuditEvent(
                id: UUID(), occurredAt: Self.midnight + seconds, action: action, actorID: actor,
                sessionID: session.map { GeneratedEvents.sessions[$0] },
                resourceType: resource?.0, resourceID: resource?.1),
            payload)
    }

    @Test func `a report has every field of the seed's useractivity, and counts once by its key`()
        async throws
    {
        let reader = try await TestReader()
        let request = ReportActivity(
            activities: [
                Activity(
                    action: "page_viewed", resourceType: "page", resourceID: "/home",
                    durationSeconds: 12.5, metadata: .object(["from": .string("/"), "n": .integer(3)])
                ),
                Activity(action: "clicked"),
            ], idempotencyKey: "key 1")
        let options = reader.options(
            Self.ann,
            metadata: [
                AuditOutbox.addressKey: "192.0.2.9", AuditOutbox.userAgentKey: "Browser/2",
            ])
        #expect(try await reader.client.call(request, options: options).count == 2)
        #expect(try await reader.client.call(request, options: options).count == 2)
        var other = request
        other.activities.removeLast()
        #expect(
            await refusal { try await reader.client.call(other, options: options) }
                == "rpc.idempotency_key_reused")
        let rows = try await reader.sink.log.admin.query(
            """
            SELECT id, user_id, action, resource_type, resource_id, client_address, user_agent,
                session_id, created_at, metadata, duration_seconds, occurred_at
            FROM audit.activities ORDER BY action DESC
            """, as: .nobody
        ).rows
        try #require(rows.count == 2)
        let row = rows[0]
        #expect(try row.get("user_id") == Self.ann)
        #expect(try row.get("action") == "page_viewed")
        #expect(try row.get("resource_type") == "page")
        #expect(try row.get("resource_id") == "/home")
        #expect(try row.get("client_address") == "192.0.2.9")
        #expect(try row.get("user_agent") == "Browser/2")
        #expect(try row.get("session_id") == TestReader.sessionID)
        #expect(try row.get("metadata", as: JSONText.self).text == #"{"n": 3, "from": "/"}"#)
        #expect(try row.get("duration_seconds", as: Double.self) == 12.5)
        #expect(abs(try row.get("created_at", as: Date.self).timeIntervalSinceNow) < 60)
        #expect(abs(try row.get("occurred_at", as: Date.self).timeIntervalSinceNow) < 60)
        #expect(
            try await reader.sink.log.number(
                "SELECT activity_count FROM audit.reported_days") == 2)
        for count in [0, 101] {
            #expect(
                await refusal {
                    try await reader.call(
                        ReportActivity(
                            activities: Array(repeating: Activity(action: "a"), count: count)),
                        as: Self.ann)
                } == "audit.field_invalid")
        }
        // What is reported is no reading, and no event of the log.
        #expect(try await reader.recordedCount() == 0)
        await reader.stop()
    }

    @Test func `the summary lists everybody, also who did nothing`() async throws {
        let reader = try await TestReader()
        let sink = reader.sink
        for (person, name) in [(Self.ann, "ann"), (Self.idle, "idle")] {
            try await self.append(
                sink, .userCreated, at: 0, by: nil, of: ("user", person.uuidString.lowercased()),
                AuditPayload(
                    details: .object([
                        "username": .string(name), "displayName": .string(name.capitalized),
                        "roles": .array([.string("manager")]),
                    ])))
        }
        try await self.append(sink, .signedIn, at: 10, by: Self.ann, session: 0)
        try await self.append(sink, .sessionRefreshed, at: 20, by: Self.ann, session: 0)
        try await self.append(sink, .secretRead, at: 90_000, by: Self.ann, session: 0)
        try await self.append(sink, .sessionRefreshed, at: 200_000, by: Self.ann, session: 0)
        try await self.append(
            sink, .userDisabled, at: 200_001, by: nil,
            of: ("user", Self.idle.uuidString.lowercased()))
        _ = try await reader.call(
            ReportActivity(activities: [Activity(action: "a"), Activity(action: "b")]),
            as: Self.bob)
        try await sink.service.follower.catchUp()

        var summaries: [ActivitySummary] = []
        var request = ListActivitySummary(pageSize: 1)
        repeat {
            let page = try await reader.call(request)
            summaries += page.summaries
            request.pageToken = page.nextPageToken
        } while request.pageToken != nil
        // Bob is known from his report only once the log speaks of him.
        #expect(summaries.map(\.userID) == [Self.ann, Self.idle])
        let ann = try #require(summaries.first)
        #expect(ann.username == "ann" && ann.displayName == "Ann" && ann.roles == ["manager"])
        #expect(ann.auditedCount == 2 && ann.reportedCount == 0 && ann.totalActivities == 2)
        #expect(ann.activeDays == 2)
        #expect(ann.lastActivityAt == Self.midnight + 90_000)
        let idle = try #require(summaries.last)
        #expect(idle.totalActivities == 0 && idle.activeDays == 0 && idle.lastActivityAt == nil)
        #expect(!idle.isActive && idle.username == "idle")

        try await self.append(sink, .secretRead, at: 300_000, by: Self.bob, session: 1)
        try await sink.service.follower.catchUp()
        let bob = try await reader.call(ListActivitySummary(userID: Self.bob)).summaries
        #expect(bob.map(\.totalActivities) == [3])
        #expect(bob.map(\.reportedCount) == [2])
        #expect(
            await refusal {
                try await reader.call(
                    ListActivitySummary(
                        userID: Self.bob, pageToken: PageCursor(["", Self.ann.uuidString]).text))
            } == "audit.field_invalid")
        await reader.stop()
    }

    @Test func `an erased person keeps an id and numbers only`() async throws {
        let reader = try await TestReader()
        let sink = reader.sink
        _ = try await reader.call(
            ReportActivity(activities: [Activity(action: "a")]), as: Self.ann)
        try await self.append(
            sink, .signedIn, at: 10, by: Self.ann, session: 0, AuditPayload(username: "ann"))
        try await sink.service.follower.catchUp()
        #expect(try await sink.log.number("SELECT count(*) FROM audit.person_names") == 1)
        try await self.append(
            sink, .userErased, at: 20, by: nil, of: ("user", Self.ann.uuidString.lowercased()))
        try await self.append(
            sink, .userUpdated, at: 30, by: nil, of: ("user", Self.ann.uuidString.lowercased()),
            AuditPayload(details: .object(["username": .string("ann")])))
        try await sink.service.follower.catchUp()
        let summary = try await reader.call(ListActivitySummary(userID: Self.ann)).summaries
        #expect(summary.map(\.username) == [nil])
        #expect(summary.map(\.totalActivities) == [2])
        for table: SQL in ["audit.person_names", "audit.activities"] {
            #expect(try await sink.log.number("SELECT count(*) FROM \(fragment: table)") == 0)
        }
        await reader.stop()
    }

    @Test func `following takes each entry in once, in any number of steps`() async throws {
        let sink = try await TestSink(try await TestLog())
        let events = GeneratedEvents(2_500, seed: 6)
        try await sink.append(Array(events.all[..<1_200]))
        try await sink.service.follower.catchUp()
        try await sink.append(Array(events.all[1_200...]))
        try await sink.service.follower.catchUp()
        try await sink.service.follower.catchUp()
        let expected = events.all.count { $0.event.actorID != nil }
        #expect(
            try await sink.log.number("SELECT sum(action_count)::bigint FROM audit.audited_days")
                == Int64(expected))
        #expect(
            try await sink.log.number(
                "SELECT sum(conversation_count)::bigint FROM audit.audited_days")
                == Int64(
                    events.all.count {
                        $0.event.actorID != nil && $0.event.action == .conversationCreated
                            && $0.event.outcome == .succeeded
                    }))
        #expect(try await sink.log.number("SELECT count(*) FROM audit.people") == 4)
        await sink.stop()
    }

    @Test func `a day's engagement is what happened on it, across midnight in UTC`() async throws {
        let reader = try await TestReader()
        let sink = reader.sink
        // One session from 23:50 to 00:20, refreshed in between; then away for an hour.
        try await self.append(sink, .signedIn, at: -600, by: Self.ann, session: 0)
        try await self.append(sink, .sessionRefreshed, at: -300, by: Self.ann, session: 0)
        try await self.append(sink, .sessionRefreshed, at: 400, by: Self.ann, session: 0)
        try await self.append(sink, .signedOut, at: 1_200, by: Self.ann, session: 0)
        // A second session that overlaps the first, and is ended by somebody else.
        try await self.append(sink, .signedIn, at: 1_000, by: Self.ann, session: 1)
        try await self.append(
            sink, .sessionRevoked, at: 1_500, by: Self.bob,
            of: ("session", GeneratedEvents.sessions[1].uuidString.lowercased()))
        // Two signs further apart than anybody stays.
        try await self.append(sink, .signedIn, at: 5_000, by: Self.ann, session: 2)
        try await self.append(sink, .sessionRefreshed, at: 5_901, by: Self.ann, session: 2)
        try await self.append(
            sink, .conversationCreated, at: -1, by: Self.ann, session: 0,
            of: ("conversation", "c1"))
        try await self.append(
            sink, .conversationCreated, at: 1, by: Self.ann, session: 0,
            of: ("conversation", "c2"))
        for seconds in [2.0, 3, 90_000] {
            try await self.append(
                sink, .orderChanged, at: seconds, by: Self.ann, session: 0, of: ("order", "o1"))
        }
        try await self.append(
            sink, .orderChanged, at: 4, by: Self.bob, session: 1, of: ("order", "o1"))
        try await sink.service.follower.catchUp()

        func days(
            _ person: UUID?, _ first: String, _ last: String
        ) async throws -> [EngagementDay] {
            var days: [EngagementDay] = []
            var request = ListEngagement(
                userID: person, firstDay: first, lastDay: last, pageSize: 1)
            repeat {
                let page = try await reader.call(request)
                days += page.days
                request.pageToken = page.nextPageToken
            } while request.pageToken != nil
            return days
        }
        let ann = try await days(Self.ann, "2026-09-20", "2026-09-30")
        #expect(
            ann == [
                EngagementDay(
                    userID: Self.ann, day: "2026-09-21", sessionSeconds: 600,
                    conversationCount: 1),
                EngagementDay(
                    userID: Self.ann, day: "2026-09-22", sessionSeconds: 1_500,
                    conversationCount: 1, orderCount: 1),
                EngagementDay(userID: Self.ann, day: "2026-09-23"),
            ])
        // The same with only one of the days asked for, and among others.
        #expect(try await days(Self.ann, "2026-09-22", "2026-09-22") == [ann[1]])
        let all = try await days(nil, "2026-09-22", "2026-09-22")
        #expect(all.map(\.userID) == [Self.ann, Self.bob])
        #expect(all[1].orderCount == 0)

        // What was reported is on the day of the report.
        _ = try await reader.call(
            ReportActivity(activities: [
                Activity(action: Activity.pageViewed, durationSeconds: 30),
                Activity(action: Activity.pageViewed, durationSeconds: 1.5),
                Activity(action: "clicked"),
            ]), as: Self.ann)
        let reported = try await sink.log.admin.query(
            "SELECT day::text FROM audit.reported_days", as: .nobody
        ).rows[0].get(0, as: String.self)
        let day = try #require(try await days(Self.ann, reported, reported).first)
        #expect(day.pageViews == 2 && day.reportedSeconds == 31.5)
        for (first, last) in [
            ("2026-02-29", "2026-03-01"), ("2026-03-01", "2026-02-01"),
            ("2025-01-01", "2026-02-01"),
        ] {
            #expect(
                await refusal {
                    try await reader.call(ListEngagement(firstDay: first, lastDay: last))
                } == "audit.field_invalid")
        }
        await reader.stop()
    }
}
