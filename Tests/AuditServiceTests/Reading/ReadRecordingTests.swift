import AuditAPI
import AuditFormat
import Foundation
import Postgres
import RPC
import RPCTestSupport
import ServiceKit
import Testing

@testable import AuditService

/// Reading the log is itself recorded.
@Suite struct ReadRecordingTests {
    private static let events = GeneratedEvents(20, seed: 2, isOrdered: true)

    /// What the service has recorded itself, in its order.
    private func recorded(
        _ reader: TestReader
    ) async throws -> [(event: AuditEvent, payload: AuditPayload)] {
        try await reader.sink.log.admin.query(
            "SELECT event, payload FROM audit.audit_outbox ORDER BY id", as: .nobody
        ).rows.map { row in
            let payload = try row.get("payload", as: Data?.self).map(AuditPayload.init(bytes:))
            return (try AuditEvent(bytes: try row.get("event")), payload ?? AuditPayload())
        }
    }

    @Test func `every way to read is recorded once, with what was asked`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Self.events.all)
        try await reader.sink.sign()
        let filter = AuditFilter(
            outcomes: [.succeeded], occurredAfter: Date(timeIntervalSince1970: 1_000))
        let id = Self.events.all[3].event.id
        let reads: [(String, () async throws -> Void)] = [
            ("audit.SearchAudit", { _ = try await reader.call(SearchAudit(filter: filter)) }),
            ("audit.GetAuditRecord", { _ = try await reader.call(GetAuditRecord(id: id)) }),
            ("audit.ExportAudit", { _ = try await reader.export(filter) }),
            ("audit.WatchAudit", { _ = try await reader.watch(WatchAudit(from: 0), count: 20) }),
            (
                "audit.ProveInclusion",
                { _ = try await reader.call(ProveInclusion(eventID: id)) }
            ),
            (
                "audit.ReadEntries",
                {
                    let stream = try await reader.client.stream(
                        ReadEntries(), options: reader.options())
                    for try await _ in stream {}
                }
            ),
            (
                "audit.ProveCompleteness",
                {
                    let stream = try await reader.client.stream(
                        ProveCompleteness(
                            producer: "identity", from: GeneratedEvents.beginning,
                            to: GeneratedEvents.beginning + 60),
                        options: reader.options())
                    for try await _ in stream {}
                }
            ),
            (
                "audit.ListActivitySummary",
                { _ = try await reader.call(ListActivitySummary()) }
            ),
            (
                "audit.ListEngagement",
                {
                    _ = try await reader.call(
                        ListEngagement(firstDay: "2026-01-01", lastDay: "2026-01-31"))
                }
            ),
        ]
        for (number, (method, read)) in reads.enumerated() {
            try await read()
            let all = try await self.recorded(reader)
            #expect(all.count == number + 1, "\(method)")
            let last = try #require(all.last)
            #expect(last.event.action == .auditRead)
            #expect(last.event.method == method)
            #expect(last.event.actorID == TestReader.auditor)
            #expect(last.event.sessionID == TestReader.sessionID)
            #expect(last.event.isSensitive)
        }
        let search = try #require(try await self.recorded(reader).first)
        #expect(
            search.payload.details
                == .object([
                    "filter": .object([
                        "outcomes": .array([.string("succeeded")]),
                        "occurredAfter": .string("1970-01-01T00:16:40.000Z"),
                    ]),
                    "recordCount": .integer(
                        Int64(Self.events.matching(filter).count)),
                ]))
        await reader.stop()
    }

    @Test func `what cannot be recorded is not given out`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Self.events.all)
        try await reader.sink.log.tamper(
            "REVOKE INSERT ON audit.audit_outbox FROM steward_audit",
            "REVOKE INSERT (id, event, payload, salt, ready_at) ON audit.audit_outbox "
                + "FROM steward_audit")
        let id = Self.events.all[3].event.id
        #expect(await refusal { try await reader.call(SearchAudit()) } != nil)
        #expect(await refusal { try await reader.call(GetAuditRecord(id: id)) } != nil)
        #expect(await refusal { try await reader.export() } != nil)
        #expect(await refusal { try await reader.watch(WatchAudit(from: 0), count: 1) } != nil)
        #expect(await refusal { try await reader.call(ListActivitySummary()) } != nil)
        await reader.stop()
    }

    @Test func `a watch sees its own record once, and its events are not recorded again`()
        async throws
    {
        let reader = try await TestReader()
        let relay = AuditRelay(
            producer: "audit", schema: "audit", database: reader.sink.database,
            gauge: reader.sink.outbox.gauge, logger: .quiet
        ) { [sequencer = reader.sink.service.sequencer] in try await sequencer.append($0) }
        let relaying = Task { try await relay.run() }
        let stream = try await reader.client.stream(
            WatchAudit(from: 0), options: reader.options())
        var iterator = stream.makeAsyncIterator()
        let own = try await iterator.next()
        #expect(own?.action == .auditRead)
        #expect(own?.producer == "audit")
        #expect(own?.method == "audit.WatchAudit")
        // A search is one more event, which the watcher hears of, and then no other.
        _ = try await reader.call(SearchAudit())
        #expect(try await iterator.next()?.method == "audit.SearchAudit")
        try await reader.sink.append(Self.events.all)
        #expect(try await iterator.next()?.id == Self.events.all[0].event.id)
        #expect(
            try await reader.sink.log.number(
                "SELECT count(*) FROM audit.entries WHERE action = 'audit_read'") == 2)
        stream.cancel()
        relaying.cancel()
        _ = await relaying.result
        await reader.stop()
    }

    @Test func `who may not read is refused, and who asks about others is recorded`()
        async throws
    {
        let reader = try await TestReader()
        try await reader.sink.append(Self.events.all)
        let nobody = GeneratedEvents.actors[0]
        let missing = "rpc.permission_missing"
        #expect(await refusal { try await reader.call(SearchAudit(), as: nobody) } == missing)
        #expect(
            await refusal {
                try await reader.call(GetAuditRecord(id: UUID()), as: nobody)
            } == missing)
        #expect(try await reader.recordedCount() == 0)
        for person in [nil, GeneratedEvents.actors[1]] {
            #expect(
                await refusal {
                    try await reader.call(ListActivitySummary(userID: person), as: nobody)
                } == missing)
            #expect(
                await refusal {
                    try await reader.call(
                        ListEngagement(
                            userID: person, firstDay: "2026-09-01", lastDay: "2026-09-30"),
                        as: nobody)
                } == missing)
        }
        let denials = try await self.recorded(reader)
        #expect(denials.map(\.event.action) == Array(repeating: .accessDenied, count: 4))
        #expect(denials.allSatisfy { $0.event.actorID == nobody && $0.event.reason == missing })
        // About oneself everybody may ask.
        try await reader.sink.service.follower.catchUp()
        let own = try await reader.call(ListActivitySummary(userID: nobody), as: nobody)
        #expect(own.summaries.map(\.userID) == [nobody])
        await reader.stop()
    }
}
