import AuditAPI
import Foundation
import Postgres
import RPC
import RPCTestSupport
import Testing

@testable import AuditService

/// Payloads go when their time is over, a month at a time, and the log can tell that they did.
@Suite struct RetentionTests {
    @Test func `a chosen time is an event with what was before`() async throws {
        let sink = try await TestSink(try await TestLog())
        let chosen = try await sink.retention.set(
            SetRetention(retentionClass: .access, days: 1_000), .call())
        #expect(chosen.days == 1_000)
        #expect(chosen.effectiveDays == 1_000)
        #expect(chosen.changedBy == Somebody.officer)
        let event = try #require(try await sink.ownEvents().first)
        #expect(event.event.action == .settingChanged)
        #expect(event.event.resourceType == "retention")
        #expect(event.event.resourceID == "access")
        #expect(event.event.actorID == Somebody.officer)
        #expect(
            event.payload.changes
                == .object(["days": .array([.integer(731), .integer(1_000)])]))
        _ = try await sink.retention.set(
            SetRetention(retentionClass: .access, days: 1_000), .call())
        #expect(try await sink.ownEvents().count == 1)
        let all = try await sink.retention.list(ListRetention(), .call()).retentions
        #expect(
            all.map { "\($0.retentionClass) \($0.days)" }
                == ["security 2557", "access 1000", "operation 366", "metrics 90"])
        await sink.stop()
    }

    @Test func `a shorter time counts a day after it was chosen, whatever is chosen meanwhile`()
        async throws
    {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        for days in [1, 2, 1] {
            let chosen = try await sink.retention.set(
                SetRetention(retentionClass: .security, days: days), .call())
            #expect(chosen.effectiveDays == 2_557)
        }
        try await log.tamper(
            """
            UPDATE audit.retention SET changed_at = now() - interval '24 hours'
            WHERE class = 'security'
            """)
        let later = try await sink.retention.list(ListRetention(), .call()).retentions
        #expect(later.first { $0.retentionClass == .security }?.effectiveDays == 1)
        await sink.stop()
    }

    @Test(arguments: [0, -1, 36_501, Int.max])
    func `days beyond the bounds are refused`(days: Int) async throws {
        let sink = try await TestSink(try await TestLog())
        #expect(
            await refusal {
                try await sink.retention.set(
                    SetRetention(retentionClass: .access, days: days), .call())
            } == "audit.field_invalid")
        #expect(
            await refusal {
                try await sink.retention.set(
                    SetRetention(retentionClass: RetentionClass(rawValue: "all"), days: 3),
                    .call())
            } == "audit.field_invalid")
        await sink.stop()
    }

    @Test func `a month whose time is over goes, and the check knows why`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append([
            try event(1, at: time("2020-01-31T23:59:59Z")),
            try event(2, at: time("2020-02-01T00:00:00Z")),
            try event(3, .conversationCreated, at: time("2020-01-15T00:00:00Z")),
            try event(4, .roleChanged, at: Date()), try event(5, at: Date()),
        ])
        try await sink.work.expire()
        #expect(try await log.number("SELECT count(*) FROM audit.payloads") == 2)
        #expect(try await log.number("SELECT count(*) FROM audit.expirations") == 3)
        let events = try await sink.ownEvents()
        #expect(events.map(\.event.action) == [.auditExpired, .auditExpired, .auditExpired])
        #expect(try await sink.faults() == [])
        try await sink.work.expire()
        #expect(try await sink.ownEvents().count == 3)
        await sink.stop()
    }

    @Test func `a record counts for good only if the log tells of it`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append([
            try event(1, at: time("2020-01-31T00:00:00Z")), try event(2, at: Date()),
        ])
        try await sink.work.expire()
        try await log.tamper("UPDATE audit.expirations SET expired_at = now() - interval '2 hours'")
        #expect(try await sink.faults().map(\.place) == ["entry 0"])
        try await sink.relayOwnEvents()
        #expect(try await sink.faults() == [])
        // What somebody removes and makes a record for is still found.
        try await log.tamper(
            "DELETE FROM audit.payloads WHERE log_index = 1",
            """
            INSERT INTO audit.expirations (
                id, class, month, days, first_epoch, first_index, last_epoch, last_index,
                expired_at)
            SELECT uuidv7(), 'access', date_trunc('month', now())::date, 1, 1, 1, 1, 1,
                now() - interval '2 hours'
            """)
        #expect(try await sink.faults().map(\.place) == ["entry 1"])
        await sink.stop()
    }

    @Test func `what arrives late for a month that is gone is stored, and goes in its turn`()
        async throws
    {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append([try event(1, at: time("2020-01-31T00:00:00Z"))])
        try await sink.work.expire()
        // The sequencer knows of a partition that is gone: the first attempt fails.
        let late = try event(2, at: time("2020-01-01T00:00:00Z"))
        await #expect(throws: (any Error).self) { try await sink.append([late]) }
        try await sink.append([late])
        #expect(try await log.number("SELECT count(*) FROM audit.payloads") == 1)
        try await log.tamper("DELETE FROM audit.payloads")
        #expect(try await sink.faults().map(\.place) == ["entry 1"])
        await sink.stop()
    }

    @Test(arguments: [
        ("2024-02-01", "2026-03-01T23:59:59Z", false), ("2024-02-01", "2026-03-02T00:00:00Z", true),
        ("2024-12-01", "2027-01-01T23:59:59Z", false), ("2024-12-01", "2027-01-02T00:00:00Z", true),
        ("2025-01-01", "2027-02-01T23:59:59Z", false), ("2025-01-01", "2027-02-02T00:00:00Z", true),
    ])
    func `a month goes when the time of its last moment is over, not before`(
        month: String, moment: String, isOver: Bool
    ) async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append([try event(1, at: time("\(month)T00:00:00Z"))])
        let answer = try await log.admin.query(
            """
            SELECT audit.is_month_over('access', \(month)::text::date, \(time(moment)))
                AS is_over, current_setting('TimeZone') AS zone
            """,
            as: .nobody)
        #expect(try answer.rows[0].get("is_over", as: Bool.self) == isOver)
        let expiry: SQL = """
            SELECT count(*) FROM audit.expire_month_at(
                uuidv7(), 'access', \(month)::text::date, \(time(moment)))
            """
        if isOver {
            #expect(try await log.number(expiry) == 1)
            #expect(try await log.number("SELECT count(*) FROM audit.payloads") == 0)
        } else {
            await #expect(throws: DatabaseError.self) { _ = try await log.number(expiry) }
        }
        await sink.stop()
    }
}
