import AuditAPI
import AuditFormat
import Foundation
import Postgres
import RPC
import RPCTestSupport
import ServiceKit
import Testing
import TransparencyLog

@testable import AuditService

/// A person's data goes, and nothing that was proven is unproven by it.
@Suite struct ErasureTests {
    private func request(_ person: UUID, key: String? = nil) -> ErasePayloads {
        ErasePayloads(
            userID: person, basis: "GDPR article 17", reason: "asked by letter",
            idempotencyKey: key)
    }

    /// A log with twenty events of Ann, of Bob, and of one about the other.
    private func filled(_ sink: TestSink) async throws {
        var entries: [ProducedEntry] = []
        for sequence in stride(from: Int64(1), through: 60, by: 3) {
            entries.append(try event(sequence, by: Somebody.ann))
            entries.append(try event(sequence + 1, by: Somebody.bob))
            entries.append(
                try event(sequence + 2, .roleChanged, by: Somebody.bob, about: Somebody.ann))
        }
        try await sink.append(entries)
    }

    @Test func `payloads by and about the person go, all others stay`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await self.filled(sink)
        let asked = try await sink.erasures.erase(
            self.request(Somebody.ann), .call("audit.ErasePayloads", key: "k"))
        #expect(asked.state == .due)
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.payloadCount(of: Somebody.ann) == 0)
        #expect(try await log.number("SELECT count(*) FROM audit.payloads") == 20)
        #expect(try await log.number("SELECT count(*) FROM audit.entries") == 60)
        #expect(try await sink.faults() == [])
        let listed = try await sink.erasures.list(ListErasures(userID: Somebody.ann), .call())
        #expect(listed.erasures.map(\.state) == [.done])
        #expect(listed.erasures.map(\.erasedCount) == [40])
        let event = try #require(try await sink.ownEvents().first)
        #expect(event.event.action == .auditErased)
        #expect(event.event.actorID == Somebody.officer)
        #expect(event.event.resourceID == asked.id.uuidString.lowercased())
        guard case .object(let details) = event.payload.details else {
            Issue.record("no details")
            return
        }
        #expect(details["erasedCount"] == .integer(40))
        #expect(details["basis"] == .string("GDPR article 17"))
        #expect(details["logRanges"] != .object([:]))
        await sink.stop()
    }

    @Test func `proofs of before verify after`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await self.filled(sink)
        try await sink.sign()
        let handlers = ProofHandlers(
            reader: sink.reader, entries: EntryStore(database: sink.database), reads: sink.reads)
        let proven = try await handlers.proveInclusion(ProveInclusion(logIndex: 0), .call())
        #expect(proven.payload != nil)
        let old = try #require(sink.signer.last)

        _ = try await sink.erasures.erase(
            self.request(Somebody.ann), .call("audit.ErasePayloads", key: "k"))
        try await sink.work.eraseWhatIsDue()
        try await sink.relayOwnEvents()
        try await sink.sign()

        let entry = try await handlers.proveInclusion(ProveInclusion(logIndex: 0), .call())
        #expect(entry.payload == nil)
        #expect(entry.entry == proven.entry)
        let leaf = MerkleHash.leaf(proven.entry)
        let policy = try CheckpointPolicy(
            origin: "log.test/1", logKeys: [sink.signer.verifierKey])
        for text in [proven.proof, entry.proof] {
            _ = try ProofFile(parsing: Array(text.utf8)).verify(leafHash: leaf, policy: policy)
        }
        let grown = try await handlers.proveConsistency(
            ProveConsistency(oldSize: old.size), .call())
        let new = try #require(sink.signer.last)
        #expect(new.size > old.size)
        try ConsistencyProof(
            oldSize: UInt64(grown.oldSize), newSize: UInt64(grown.newSize),
            hashes: grown.hashes.map { try #require(MerkleHash($0)) }
        ).verify(oldRoot: old.checkpoint.root, newRoot: new.checkpoint.root)
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `an erasure that is killed goes on where it was, and is told of once`()
        async throws
    {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await self.filled(sink)
        let asked = try await sink.erasures.erase(
            self.request(Somebody.ann), .call("audit.ErasePayloads", key: "k"))
        let store = ErasureStore(database: sink.database)
        for _ in 1...5 { #expect(try await store.eraseSome(asked.id, atMost: 7) == 7) }
        #expect(try await sink.payloadCount(of: Somebody.ann) == 5)
        await sink.stop()

        let next = try await TestSink(log)
        try await next.work.eraseWhatIsDue()
        try await next.work.eraseWhatIsDue()
        #expect(try await next.payloadCount(of: Somebody.ann) == 0)
        #expect(try await next.ownEvents().map(\.event.action) == [.auditErased])
        #expect(
            try await log.number("SELECT sum(payload_count)::bigint FROM audit.erasure_ranges")
                == 40)
        #expect(try await next.faults() == [])
        await next.stop()
    }

    @Test func `a call that is repeated with its key is one erasure`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await self.filled(sink)
        let context = CallContext.call("audit.ErasePayloads")
        let first = try await sink.erasures.erase(self.request(Somebody.ann, key: "k"), context)
        let second = try await sink.erasures.erase(self.request(Somebody.ann, key: "k"), context)
        #expect(first == second)
        let third = try await sink.erasures.erase(self.request(Somebody.ann, key: "l"), context)
        #expect(third.id != first.id)
        await sink.stop()
    }

    @Test func `what happens after the request stays`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append([try event(1, by: Somebody.ann)])
        _ = try await sink.erasures.erase(
            self.request(Somebody.ann), .call("audit.ErasePayloads", key: "k"))
        try await sink.append([try event(2, by: Somebody.ann)])
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.payloadCount(of: Somebody.ann) == 1)
        await sink.stop()
    }

    @Test func `whom identity erases is erased here, also from what arrives later`()
        async throws
    {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append("conversations", [try event(1, .userErased, about: Somebody.bob)])
        try await sink.append([
            try event(1, by: Somebody.ann), try event(2, .userErased, about: Somebody.ann),
            try event(3, .userErased, about: Somebody.ann),
        ])
        #expect(
            try await log.number("SELECT count(*) FROM audit.erasures WHERE state = 'due'") == 1)
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.payloadCount(of: Somebody.ann) == 0)
        #expect(try await sink.payloadCount(of: Somebody.bob) == 1)
        try await sink.append([try event(4, by: Somebody.ann)])
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.payloadCount(of: Somebody.ann) == 0)
        #expect(try await sink.ownEvents().count == 2)
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `an erasure accounts for the payloads that it took and for no other`()
        async throws
    {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await self.filled(sink)
        _ = try await sink.holds.place(
            PlaceHold(userID: Somebody.ann, auditClass: .security, reason: "a lawsuit"),
            .call("audit.PlaceHold", key: "h"))
        _ = try await sink.erasures.erase(
            self.request(Somebody.ann), .call("audit.ErasePayloads", key: "k"))
        try await sink.work.eraseWhatIsDue()
        #expect(try await sink.faults() == [])
        // One that the hold has kept.
        try await log.tamper("DELETE FROM audit.payloads WHERE log_index = 2")
        #expect(try await sink.faults().map(\.place) == ["entry 2"])
        await sink.stop()
    }

    @Test(arguments: [
        ("", "why"), ("basis", ""), (String(repeating: "b", count: 201), "why"),
        ("basis", String(repeating: "r", count: 1_001)), ("a\0b", "why"), ("basis", " \n "),
    ])
    func `texts beyond the bounds are refused`(basis: String, reason: String) async throws {
        let sink = try await TestSink(try await TestLog())
        let request = ErasePayloads(userID: Somebody.ann, basis: basis, reason: reason)
        #expect(
            await refusal {
                try await sink.erasures.erase(request, .call("audit.ErasePayloads", key: "k"))
            } == "audit.field_invalid")
        #expect(
            await refusal { try await sink.erasures.list(ListErasures(pageSize: 501), .call()) }
                == "audit.field_invalid")
        await sink.stop()
    }

    @Test func `erasures are listed a page at a time, newest first`() async throws {
        let sink = try await TestSink(try await TestLog())
        for key in ["a", "b", "c"] {
            _ = try await sink.erasures.erase(
                self.request(Somebody.ann), .call("audit.ErasePayloads", key: key))
        }
        let first = try await sink.erasures.list(ListErasures(pageSize: 2), .call())
        let second = try await sink.erasures.list(
            ListErasures(pageSize: 2, pageToken: first.nextPageToken), .call())
        #expect(first.erasures.count == 2)
        #expect(second.erasures.count == 1)
        #expect(second.nextPageToken == nil)
        let ids = (first.erasures + second.erasures).map(\.id.uuidString)
        #expect(ids == ids.sorted(by: >))
        await sink.stop()
    }
}
