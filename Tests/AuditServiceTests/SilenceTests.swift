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
}
