import AuditAPI
import Foundation
import RPC
import Testing

@testable import AuditService

/// What may be reported, and how much of it.
@Suite struct ActivityRulesTests {
    @Test func `a person's reports are bounded, and grow back with time`() {
        let rate = ReportRate()
        let (ann, bob) = (GeneratedEvents.actors[0], GeneratedEvents.actors[1])
        let now = ContinuousClock.now
        for _ in 0..<10 { #expect(rate.take(100, of: ann, at: now)) }
        #expect(!rate.take(1, of: ann, at: now))
        #expect(rate.take(100, of: bob, at: now))
        #expect(!rate.take(100, of: ann, at: now + .seconds(9)))
        #expect(rate.take(100, of: ann, at: now + .seconds(10)))
        #expect(!rate.take(1, of: ann, at: now + .seconds(10)))
    }

    @Test func `a day is read as the calendar has it`() {
        #expect(CalendarDay("1970-01-01")?.number == 0)
        #expect(CalendarDay("2026-11-22")?.number == 20_779)
        #expect(CalendarDay("2024-02-29") != nil)
        for text in [
            "2026-02-29", "2100-02-29", "2026-13-01", "2026-00-10", "2026-04-31", "2026-1-01",
            "1969-12-31", "２０２６-01-01", "", "2026-01-01 ", "infinity",
        ] { #expect(CalendarDay(text) == nil, "\(text)") }
    }

    @Test(arguments: [
        Activity(action: ""), Activity(action: "a\nb"),
        Activity(action: String(repeating: "a", count: 101)),
        Activity(action: "a", resourceID: "1"), Activity(action: "a", durationSeconds: -1),
        Activity(action: "a", durationSeconds: .nan),
        Activity(action: "a", durationSeconds: 86_401),
        Activity(action: "a", occurredAt: .distantPast),
        Activity(action: "a", occurredAt: .distantFuture),
        Activity(action: "a", metadata: .array([])),
        Activity(action: "a", metadata: .object(["a": .string("\0")])),
        Activity(
            action: "a", metadata: .object(["a": .string(String(repeating: "x", count: 4_090))])),
        Activity(
            action: "a",
            metadata: .object(["a": .array(Array(repeating: .boolean(true), count: 256))])),
    ])
    func `an activity out of its bounds is refused`(activity: Activity) {
        #expect(throws: RPCError.self) { try CheckedActivity(activity, now: Date()) }
    }

    @Test func `an activity within its bounds is taken`() throws {
        let now = Date()
        let checked = try CheckedActivity(
            Activity(
                action: String(repeating: "é", count: 100), resourceType: "page",
                resourceID: "/a?b=c", occurredAt: now - 7 * 86_400 + 1, durationSeconds: 86_400,
                metadata: .object(["a": .string(String(repeating: "x", count: 4_000))])),
            now: now)
        #expect(checked.metadata.utf8.count == 4_008)
        #expect(try CheckedActivity(Activity(action: "a"), now: now).metadata == "{}")
    }
}
