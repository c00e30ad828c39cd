import AuditAPI
import Foundation
import Postgres
import PostgresTestSupport
import RPC
import ServiceKit
import Testing

@testable import AuditService

/// Producers that used to send and call no more.
@Suite struct SilenceTests {
    private func quiet(_ log: TestLog, _ producer: String) async throws {
        try await log.tamper(
            """
            UPDATE audit.producers SET last_seen_at = now() - interval '301 seconds',
                silence_recorded_at = silence_recorded_at - interval '302 seconds'
            WHERE producer = \(producer)
            """)
    }

    @Test func `silence is told by the health report and recorded once`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        let watch = sink.service.silence
        try await sink.append("identity", 1...2)
        try await sink.append("conversations", 1...2)
        try await watch.look()
        #expect(watch.health.message == nil)
        try await self.quiet(log, "conversations")
        for _ in 0..<3 { try await watch.look() }
        #expect(watch.health.message?.contains("conversations") == true)
        #expect(watch.health.message?.contains("identity") == false)
        var events = try await sink.ownEvents().map(\.event)
        #expect(events.map(\.action) == [.producerSilent])
        #expect(events.map(\.resourceID) == ["conversations"])
        // It calls again, and then no more: another silence.
        try await sink.append("conversations", 3...3)
        try await watch.look()
        #expect(watch.health.message == nil)
        try await self.quiet(log, "conversations")
        try await watch.look()
        events = try await sink.ownEvents().map(\.event)
        #expect(events.count == 2)
        await sink.stop()
    }

    @Test func `a retired producer is not silent until it has called again`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        let watch = sink.service.silence
        let retirement = ProducerRetirement(
            database: sink.database,
            audit: AuditOutbox(schema: "audit", gauge: OutboxGauge(limit: 1_000)))
        try await sink.append("conversations", 1...2)
        for producer in ["conversations", "nobody", EpochBeginning.producer] {
            await #expect(throws: StartupError.self) {
                try await retirement.retire(producer, reason: "it still calls")
            }
        }
        try await self.quiet(log, "conversations")
        try await retirement.retire("conversations", reason: "replaced")
        await #expect(throws: StartupError.self) {
            try await retirement.retire("conversations", reason: "again")
        }
        try await watch.look()
        #expect(watch.health.message == nil)
        let events = try await sink.ownEvents()
        #expect(events.map(\.event.action) == [.producerRetired])
        #expect(events[0].event.resourceID == "conversations")
        #expect(events[0].payload.details == .object(["reason": .string("replaced")]))
        // It is there after all, and then it is not.
        try await sink.append("conversations", 3...3)
        try await log.tamper(
            "UPDATE audit.producers SET retired_at = retired_at - interval '1 hour'")
        try await self.quiet(log, "conversations")
        try await watch.look()
        #expect(watch.health.message?.contains("conversations") == true)
        await sink.stop()
    }
}
