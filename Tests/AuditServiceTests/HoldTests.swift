import AuditAPI
import Foundation
import Postgres
import RPC
import RPCTestSupport
import Testing

@testable import AuditService

/// A legal hold beats retention and erasure.
@Suite struct HoldTests {
    /// What a hold is on, and whether it keeps Ann's export of March 2020.
    static let holds: [(PlaceHold, Bool)] = [
        (PlaceHold(reason: "all"), true),
        (PlaceHold(userID: Somebody.ann, reason: "her"), true),
        (PlaceHold(userID: Somebody.bob, reason: "him"), false),
        (PlaceHold(auditClass: .access, reason: "class"), true),
        (PlaceHold(auditClass: .security, reason: "class"), false),
        (PlaceHold(from: time("2020-03-31T23:59:59Z"), reason: "from"), true),
        (PlaceHold(from: time("2020-04-01T00:00:00Z"), reason: "from"), false),
        (PlaceHold(to: time("2020-03-01T00:00:01Z"), reason: "to"), true),
        (PlaceHold(to: time("2020-03-01T00:00:00Z"), reason: "to"), false),
        (
            PlaceHold(
                userID: Somebody.ann, auditClass: .operation, from: time("2020-01-01T00:00:00Z"),
                to: time("2021-01-01T00:00:00Z"), reason: "every field must fit"), false
        ),
    ]

    @Test(arguments: Self.holds.indices)
    func `what fits a hold neither expires nor is erased until its release`(index: Int)
        async throws
    {
        let (request, keeps) = Self.holds[index]
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append([
            try event(1, by: Somebody.ann, at: time("2020-03-10T00:00:00Z")),
            try event(2, by: Somebody.officer, at: time("2020-03-11T00:00:00Z")),
        ])
        let hold = try await sink.holds.place(request, .call("audit.PlaceHold", key: "h"))
        try await sink.work.expire()
        #expect(try await log.number("SELECT count(*) FROM audit.payloads") == (keeps ? 2 : 0))
        _ = try await sink.erasures.erase(
            ErasePayloads(userID: Somebody.ann, basis: "b", reason: "r"),
            .call("audit.ErasePayloads", key: "e"))
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.payloadCount(of: Somebody.ann) == (keeps ? 1 : 0))
        let state = try await sink.erasures.list(ListErasures(), .call()).erasures.map(\.state)
        #expect(state == [keeps ? .held : .done])
        // Nothing new happens, and nothing new is told.
        let count = try await sink.ownEvents().count
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.ownEvents().count == count)

        _ = try await sink.holds.release(
            ReleaseHold(id: hold.id, reason: "over"), .call("audit.ReleaseHold"))
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.payloadCount(of: Somebody.ann) == 0)
        #expect(
            try await sink.erasures.list(ListErasures(), .call()).erasures.map(\.state) == [.done])
        try await sink.work.expire()
        #expect(try await log.number("SELECT count(*) FROM audit.payloads") == 0)
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `placing and releasing are events, each once`() async throws {
        let sink = try await TestSink(try await TestLog())
        let request = PlaceHold(
            userID: Somebody.ann, auditClass: .access, from: time("2020-01-01T00:00:00Z"),
            to: time("2021-01-01T00:00:00Z"), reason: "a lawsuit", idempotencyKey: "k")
        let placed = try await sink.holds.place(request, .call("audit.PlaceHold"))
        #expect(try await sink.holds.place(request, .call("audit.PlaceHold")) == placed)
        #expect(placed.userID == Somebody.ann)
        #expect(placed.auditClass == .access)
        #expect(placed.from == request.from)
        #expect(placed.to == request.to)
        #expect(placed.placedBy == Somebody.officer)
        #expect(try await sink.holds.list(ListHolds(), .call()).holds == [placed])
        for _ in 1...2 {
            let released = try await sink.holds.release(
                ReleaseHold(id: placed.id, reason: "settled"), .call("audit.ReleaseHold"))
            #expect(released.releaseReason == "settled")
            #expect(released.releasedBy == Somebody.officer)
            #expect(released.releasedAt != nil)
        }
        #expect(try await sink.holds.list(ListHolds(), .call()).holds == [])
        #expect(
            try await sink.holds.list(ListHolds(includesReleased: true), .call()).holds.count == 1)
        let events = try await sink.ownEvents()
        #expect(events.map(\.event.action) == [.auditHoldChanged, .auditHoldChanged])
        #expect(events.map(\.event.isSensitive) == [true, true])
        #expect(
            await refusal {
                try await sink.holds.release(
                    ReleaseHold(id: UUID(), reason: "x"), .call("audit.ReleaseHold"))
            } == "audit.hold_not_found")
        await sink.stop()
    }

    @Test func `fields beyond the bounds are refused`() async throws {
        let sink = try await TestSink(try await TestLog())
        let moment = time("2020-01-01T00:00:00Z")
        for request in [
            PlaceHold(reason: ""), PlaceHold(reason: String(repeating: "r", count: 1_001)),
            PlaceHold(auditClass: AuditClass(rawValue: "x"), reason: "r"),
            PlaceHold(from: moment, to: moment, reason: "r"),
            PlaceHold(from: Date(timeIntervalSince1970: .infinity), reason: "r"),
        ] {
            #expect(
                await refusal {
                    try await sink.holds.place(request, .call("audit.PlaceHold", key: "k"))
                } == "audit.field_invalid")
        }
        await sink.stop()
    }
}

/// What somebody could do who has the service's role.
@Suite struct RetentionRightsTests {
    @Test(arguments: [
        "DELETE FROM audit.payloads", "DROP TABLE audit.payloads_security",
        "UPDATE audit.retention SET days = 1", "INSERT INTO audit.expirations DEFAULT VALUES",
        "INSERT INTO audit.erasure_ranges DEFAULT VALUES", "DELETE FROM audit.holds",
        "UPDATE audit.holds SET released_at = now()", "UPDATE audit.erasures SET state = 'due'",
        "INSERT INTO audit.erasures DEFAULT VALUES", "DELETE FROM audit.erasures",
        "SELECT audit.expire_month_at(uuidv7(), 'access', '2020-01-01', '2200-01-01')",
        "SELECT audit.drop_metric_days_at('2200-01-01')",
        "SELECT audit.make_metric_day_at('2200-01-01', '2200-01-01')",
        "UPDATE audit.metric_samples SET value = 1", "DELETE FROM audit.metric_series",
    ])
    func `it removes and forges nothing by itself`(statement: String) async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        do {
            _ = try await sink.database.write(
                SQL(stringLiteral: statement), as: RetentionStore.purpose)
            Issue.record("\(statement) was allowed")
        } catch let error as DatabaseError {
            #expect(error.code == .insufficientPrivilege, "\(statement): \(error)")
        }
        await sink.stop()
    }

    @Test(arguments: ["retention", "ingest", "read", ""])
    func `it removes no month that is young or held, whatever it says it is for`(
        purpose: String
    ) async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append([
            try event(1, by: Somebody.ann, at: time("2020-03-10T00:00:00Z")), try event(2),
        ])
        _ = try await sink.holds.place(
            PlaceHold(userID: Somebody.ann, reason: "r"), .call("audit.PlaceHold", key: "h"))
        for (month, state): (SQL, String) in [
            ("date_trunc('month', now())::date", "SA010"), ("'2020-03-01'::date", "SA011"),
            ("'2020-03-02'::date", "SA010"),
        ] {
            do {
                _ = try await sink.database.write(
                    "SELECT audit.expire_month(uuidv7(), 'access', \(fragment: month))",
                    as: .purpose(purpose))
                Issue.record("a month was removed")
            } catch let error as DatabaseError {
                #expect(error.sqlState == state)
            }
        }
        #expect(try await log.number("SELECT count(*) FROM audit.payloads") == 2)
        await sink.stop()
    }
}
