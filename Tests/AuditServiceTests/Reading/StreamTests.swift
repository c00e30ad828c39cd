import AuditAPI
import Foundation
import Postgres
import RPC
import RPCTestSupport
import Testing

@testable import AuditService

/// Exports and watches.
@Suite struct StreamTests {
    private static let events = GeneratedEvents(300, seed: 9, isOrdered: true)
    private static let filters = [
        AuditFilter(), AuditFilter(outcomes: [.denied]),
        AuditFilter(actorID: GeneratedEvents.actors[0]),
        AuditFilter(resourceType: "user", producer: "tools"),
        AuditFilter(
            actions: [.signedIn], occurredAfter: GeneratedEvents.beginning + 1_200,
            occurredBefore: GeneratedEvents.beginning + 7_000),
    ]

    @Test func `an export is a search reversed`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Self.events.all)
        for filter in Self.filters {
            let exported = try await reader.export(filter)
            #expect(exported == (try await reader.search(filter)).reversed())
            #expect(exported.map(\.id) == Self.events.matching(filter).reversed())
        }
        await reader.stop()
    }

    @Test func `an export goes through all epochs of the log`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...100)
        try await sink.sign()
        try await sink.append(101...200)
        try await sink.sign()
        await sink.stop()
        try await log.goBack(to: 150)
        let signer = try log.signer()
        try signer.open()
        let pool = log.runtimePool()
        _ = try await EpochBeginning(database: pool, signer: signer).begin(reason: "a test")
        signer.close()
        await pool.close()
        let reader = try await TestReader(log)
        let all = try await reader.export()
        #expect(all.count == 151)
        #expect(all.map(\.logEpoch) == Array(repeating: 1, count: 150) + [2])
        // A watch goes on in the next epoch too, also from a place that was lost.
        #expect(
            try await reader.watch(WatchAudit(logEpoch: 1, from: 148), count: 3)
                .map(\.logIndex) == [148, 149, 0])
        #expect(
            try await reader.watch(WatchAudit(logEpoch: 1, from: 180), count: 1)
                .map(\.logEpoch) == [2])
        // A search has both, newest first.
        #expect(try await reader.search(pageSize: 40).count == 151)
        await reader.stop()
    }

    @Test(arguments: filters)
    func `a watch that is cut off and goes on has no gap and no repeats`(
        filter: AuditFilter
    ) async throws {
        let reader = try await TestReader()
        let expected = Array(Self.events.matching(filter).reversed())
        try await reader.sink.append(Array(Self.events.all[..<100]))
        async let rest: Void = reader.sink.append(Array(Self.events.all[100...]))
        var seen: [UUID] = []
        var from: Int64 = 0
        while seen.count < expected.count {
            let count = min(17, expected.count - seen.count)
            let records = try await reader.watch(
                WatchAudit(filter: filter, from: from), count: count)
            seen += records.map(\.id)
            from = (records.last?.logIndex ?? 0) + 1
        }
        try await rest
        #expect(seen == expected)
        await reader.stop()
    }

    @Test func `a watcher hears of an event when it is appended`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Self.events.all)
        let stream = try await reader.client.stream(
            WatchAudit(filter: AuditFilter(actions: [.keyRotated]), from: 300),
            options: reader.options())
        var iterator = stream.makeAsyncIterator()
        for number in 1...20 {
            let id = GeneratedEvents.id("3", number)
            try await reader.sink.append(
                AuditEvent(id: id, occurredAt: Date(), action: .keyRotated))
            #expect(try await iterator.next()?.id == id)
        }
        stream.cancel()
        await reader.stop()
    }

    @Test func `a watcher that does not read holds up nobody`() async throws {
        let reader = try await TestReader()
        let idle = try await reader.client.stream(
            WatchAudit(from: 0), options: reader.options())
        let details = JSONValue.object(["text": .string(String(repeating: "x", count: 50_000))])
        for number in 1...60 {
            try await reader.sink.append(
                AuditEvent(
                    id: GeneratedEvents.id("0", number),
                    occurredAt: GeneratedEvents.beginning + Double(number), action: .userUpdated),
                AuditPayload(details: details))
        }
        #expect(try await reader.watch(WatchAudit(from: 0), count: 60).count == 60)
        var seen: [Int64] = []
        for try await record in idle {
            seen.append(record.logIndex)
            if seen.count == 60 { break }
        }
        #expect(seen == Array(0..<60))
        await reader.stop()
    }

    @Test func `a place that the log has not reached is refused`() async throws {
        let reader = try await TestReader()
        try await reader.sink.append(Array(Self.events.all[..<5]))
        func refused(_ request: WatchAudit) async -> String? {
            await refusal { try await reader.watch(request, count: 1) }
        }
        #expect(await refused(WatchAudit(from: 6)) == "audit.position_ahead")
        #expect(await refused(WatchAudit(from: -1)) == "audit.field_invalid")
        #expect(await refused(WatchAudit(logEpoch: 2, from: 0)) == "audit.not_found")
        #expect(await refused(WatchAudit(logEpoch: 0, from: 0)) == "audit.not_found")
        await reader.stop()
    }
}
