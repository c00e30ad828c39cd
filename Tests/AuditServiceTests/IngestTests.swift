import AuditAPI
import AuditFormat
import Foundation
import Postgres
import PostgresTestSupport
import RPC
import RPCTestSupport
import ServiceKit
import Testing

@testable import AuditService

/// How events reach the log: each once, in order, from whom they claim to be.
@Suite struct IngestTests {
    @Test(arguments: [[.max, 1], [1 << 62, 1], [1, 1 << 62], [1, .max]] as [[Int64]])
    func `numbers with which nothing can be reckoned are refused`(
        epochAndSequence: [Int64]
    ) async throws {
        let sink = try await TestSink(try await TestLog())
        let one = try entry(1)
        await #expect(throws: RPCError.self) {
            try await sink.append(
                epoch: epochAndSequence[0],
                [
                    ProducedEntry(
                        sequence: epochAndSequence[1], event: one.event,
                        payload: one.payload, salt: one.salt)
                ])
        }
        try await sink.append(1...1)
        await sink.stop()
    }

    @Test func `entries are numbered in the order of their arrival`() async throws {
        let sink = try await TestSink(try await TestLog())
        let first = try await sink.append("identity", 1...3)
        #expect(first.epoch == 1)
        #expect(first.durableSequence == 3)
        #expect(first.treeSize == 3)
        let second = try await sink.append("conversations", 1...2)
        #expect(second.durableSequence == 2)
        #expect(second.treeSize == 5)
        #expect(try await sink.log.number("SELECT count(*) FROM audit.entries") == 5)
        #expect(try await sink.log.number("SELECT count(*) FROM audit.payloads") == 5)
        await sink.stop()
    }

    @Test func `entries that come again are stored once`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...10)
        let again = try await sink.append(5...12)
        #expect(again.durableSequence == 12)
        #expect(again.treeSize == 12)
        #expect(try await sink.log.number("SELECT count(*) FROM audit.entries") == 12)
        await sink.stop()
    }

    @Test func `a question tells how far the log has a producer`() async throws {
        let sink = try await TestSink(try await TestLog())
        let unknown = try await sink.append(epoch: 1, [])
        #expect(unknown == AppendedEntries(
            epoch: 0, durableSequence: 0, checkpointedSequence: 0, treeSize: 0))
        try await sink.append(1...4)
        try await sink.sign()
        let known = try await sink.append(epoch: 1, [])
        #expect(known == AppendedEntries(
            epoch: 1, durableSequence: 4, checkpointedSequence: 4, treeSize: 4))
        await sink.stop()
    }

    @Test func `a gap is refused with the sequence that is expected`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...3)
        do {
            try await sink.append(5...6)
            Issue.record("a gap was taken")
        } catch let error as RPCError {
            #expect(error.reason == "audit.sequence_gap")
            #expect(error.details["expectedSequence"] == "4")
        }
        #expect(try await sink.log.number("SELECT count(*) FROM audit.entries") == 3)
        await sink.stop()
    }

    @Test func `another event under a stored number is refused`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...3)
        let reason = await refusal {
            try await sink.append([try entry(3, note: "!"), try entry(4)])
        }
        #expect(reason == "audit.equivocation")
        #expect(try await sink.log.number("SELECT count(*) FROM audit.entries") == 3)
        await sink.stop()
    }

    @Test func `a producer that was restored begins a new numbering`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...3)
        #expect(await refusal { try await sink.append(epoch: 3, 1...1) } == "audit.epoch_refused")
        #expect(await refusal { try await sink.append(epoch: 2, 2...2) } == "audit.sequence_gap")
        let reply = try await sink.append(epoch: 2, 1...2)
        #expect(reply.epoch == 2)
        #expect(reply.durableSequence == 2)
        #expect(await refusal { try await sink.append(epoch: 1, 4...4) } == "audit.epoch_refused")
        #expect(try await sink.log.number("SELECT count(*) FROM audit.producer_epochs") == 2)
        let entries = try await sink.log.admin.query(
            "SELECT entry FROM audit.entries ORDER BY log_index", as: .nobody
        ).rows.map { try LogEntry(canonicalBytes: try $0.get(0)) }
        let last = ProducerPlace(epoch: 1, sequence: 3)
        #expect(entries.map(\.follows) == [nil, nil, nil, last, nil])
        #expect(entries.allSatisfy { $0.followsEarlierLog == nil })
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `times that are made up make few partitions`() async throws {
        let sink = try await TestSink(try await TestLog())
        let now = Date()
        let entries = try (1...240).map { number in
            try entry(Int64(number), at: now - Double(number * 31 - 60) * 86_400)
        }
        _ = try await sink.service.sequencer.append(
            AppendEntries(producer: "identity", epoch: 1, entries: entries))
        let count = try await sink.log.number(
            """
            SELECT count(*) FROM pg_inherits
            WHERE inhparent = ANY (ARRAY['audit.payloads_security', 'audit.payloads_access',
                'audit.payloads_operation']::regclass[])
            """)
        #expect((13...15).contains(count))
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `a payload that is not the one committed to is refused`() async throws {
        let sink = try await TestSink(try await TestLog())
        var changed = try entry(1)
        changed.payload = try AuditPayload(username: "bob").canonicalBytes
        #expect(await refusal { try await sink.append([changed]) } == "audit.entry_invalid")
        var bare = try entry(1)
        bare.payload = nil
        bare.salt = nil
        #expect(await refusal { try await sink.append([bare]) } == "audit.entry_invalid")
        await sink.stop()
    }

    @Test func `what no column could hold does not hold up what comes behind`() async throws {
        let sink = try await TestSink(try await TestLog())
        let long = String(repeating: "\0é", count: 2_000)
        let reply = try await sink.append([
            try entry(1, note: long), try entry(2, at: Date(timeIntervalSince1970: -1e12)),
            try entry(3, at: Date(timeIntervalSince1970: 1e12)), try entry(4),
        ])
        #expect(reply.durableSequence == 4)
        await sink.stop()
    }

    @Test func `an event of another age makes no month of its own`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...1)
        let months: SQL = """
            SELECT count(*) FROM pg_class
            WHERE relkind = 'r' AND relname LIKE 'payloads\\_%\\_%\\_%'
            """
        try await sink.append([try entry(2, at: Date())])
        let before = try await sink.log.number(months)
        try await sink.append(
            try (0..<40).map { month in
                try entry(
                    3 + Int64(month),
                    at: Date(
                        timeIntervalSince1970: (month.isMultiple(of: 2) ? -6.2e10 : 4.2e9)
                            + Double(month) * 2_700_000))
            })
        #expect(try await sink.log.number(months) == before)
        try await sink.sign()
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `a second sequencer fences the first`() async throws {
        let log = try await TestLog()
        let first = try await TestSink(log)
        try await first.append(1...2)
        first.signer.close()
        let second = try await TestSink(log)
        try await second.append(3...4)
        #expect(await refusal { try await first.append(3...3) } == "audit.writer_replaced")
        #expect(await first.sequencerFailure() as? LogFailure == .fenced)
        #expect(try await second.append(5...5).treeSize == 5)
        await first.stop()
        await second.stop()
    }

    @Test func `many calls at once share batches and none is lost`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await withThrowingTaskGroup { group in
            for producer in ["identity", "conversations", "tools", "vault"] {
                group.addTask {
                    for sequence in Int64(1)...20 {
                        try await sink.append(producer, sequence...sequence)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await sink.log.number("SELECT size FROM audit.log_state") == 80)
        #expect(try await sink.log.number("SELECT count(*) FROM audit.entries") == 80)
        await sink.stop()
    }
}
