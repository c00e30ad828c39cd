import AuditAPI
import AuditFormat
import Foundation
import Postgres
import PostgresTestSupport
import RPC
import RPCTestSupport
import ServiceKit
import Testing
import TransparencyLog

@testable import AuditService

/// What the service proves, checked as a stranger would who has the public key alone.
@Suite struct ProofTests {
    @Test(arguments: [1, 2, 255, 256, 257, 513])
    func `every entry is proven under the newest checkpoint`(size: Int64) async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...size)
        try await sink.sign()
        let reader = sink.reader
        let tree = try await reader.tree(nil, deadline: nil)
        let policy = try CheckpointPolicy(
            origin: "log.test/1", logKeys: [sink.signer.verifierKey])
        let rows = try await sink.log.admin.query(
            "SELECT entry FROM audit.entries ORDER BY log_index", as: .nobody
        ).rows
        let proofs = try await reader.inclusion(
            of: Array(0..<size), in: tree, deadline: nil)
        for (index, hashes) in proofs.enumerated() {
            let file = try ProofFile(
                index: UInt64(index), hashes: hashes, checkpoint: tree.checkpoint.note)
            let leaf = MerkleHash.leaf(try rows[index].get(0, as: Data.self))
            let verified = try ProofFile(parsing: file.bytes)
                .verify(leafHash: leaf, policy: policy)
            #expect(verified.checkpoint.size == UInt64(size))
        }
        await sink.stop()
    }

    @Test func `every older tree is the beginning of the newer`() async throws {
        let sink = try await TestSink(try await TestLog())
        var roots: [(size: Int64, root: MerkleHash)] = []
        for size: Int64 in [1, 2, 255, 256, 257, 300] {
            try await sink.append(((roots.last?.size ?? 0) + 1)...size)
            try await sink.sign()
            roots.append((size, try #require(sink.signer.last).checkpoint.root))
        }
        for (index, old) in roots.enumerated() {
            for new in roots[index...] {
                let plan = try ProofPlan(oldSize: UInt64(old.size), newSize: UInt64(new.size))
                let tiles = try await sink.reader.tiles.tiles(of: plan, logEpoch: 1)
                try ConsistencyProof(
                    oldSize: UInt64(old.size), newSize: UInt64(new.size), tiles: tiles
                ).verify(oldRoot: old.root, newRoot: new.root)
            }
        }
        await sink.stop()
    }

    @Test func `a span of time is proven complete from before it to after it`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append("conversations", 1...5)
        try await sink.append("identity", 1...300)
        try await sink.sign()
        // Events are a second apart, and the sequence is the second.
        let start = Date(timeIntervalSince1970: 1_790_000_000)
        let parts = try await sink.completeness("identity", start + 9.5, start + 289.5)
        let entries = parts.compactMap(\.entry)
        let sequences = try entries.map { try LogEntry(canonicalBytes: $0.entry).sequence }
        #expect(sequences == Array(9...290))
        #expect(
            parts.last?.end == CompletenessEnd(beginsWithFirst: false, endsWithNewest: false))
        let root = try #require(sink.signer.last).checkpoint.root
        for entry in entries {
            try InclusionProof(
                leafIndex: UInt64(entry.logIndex), treeSize: 305,
                hashes: try entry.hashes.map { try #require(MerkleHash($0)) }
            ).verify(leafHash: MerkleHash.leaf(entry.entry), root: root)
        }
        let open = try await sink.completeness("identity", start - 10, start + 1_000)
        #expect(open.compactMap(\.entry).count == 300)
        #expect(open.last?.end == CompletenessEnd(beginsWithFirst: true, endsWithNewest: true))
        await sink.stop()
    }
}

extension ProofTests {
    @Test func `a checkpoint says what the newest event of each producer is`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append("identity", 1...5)
        try await sink.append("conversations", 1...2)
        try await sink.sign()
        #expect(
            CheckpointProducers(try #require(sink.signer.last).checkpoint).last == [
                "identity": ProducerPlace(epoch: 1, sequence: 5),
                "conversations": ProducerPlace(epoch: 1, sequence: 2),
            ])
        await sink.stop()
    }

    @Test(arguments: ["identity", "vault"])
    func `what the service proves complete convinces a stranger`(producer: String) async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append("identity", 1...9)
        try await sink.sign()
        let start = Date(timeIntervalSince1970: 1_790_000_000)
        let parts = try await sink.completeness(producer, start + 3.5, start + 100)
        let note = try #require(parts.first?.checkpoint).note
        var verification = CompletenessVerification(
            producer: producer, span: (start + 3.5)...(start + 100),
            checkpoint: try sink.signer.verified(note).checkpoint, logEpoch: 1)
        for part in parts {
            if let entry = part.entry { try verification.take(entry, lostFrom: part.lostFrom) }
        }
        let result = try verification.end(try #require(parts.last?.end))
        #expect(result.entryCount == (producer == "identity" ? 7 : 0))
        await sink.stop()
    }
}

extension TestSink {
    /// The parts of a completeness proof.
    func completeness(
        _ producer: String, _ from: Date, _ to: Date
    ) async throws -> [CompletenessPart] {
        let store = CompletenessStore(database: self.database)
        var parts: [CompletenessPart] = []
        try await CompletenessHandlers(
            reader: self.reader, store: store, reads: self.reads
        ).prove(
            ProveCompleteness(producer: producer, from: from, to: to), deadline: nil
        ) { parts.append($0) }
        return parts
    }

    /// The trees as the handlers see them.
    var reader: LogReader {
        LogReader(
            signer: self.signer, checkpoints: CheckpointStore(database: self.database),
            tiles: TileStore(database: self.database))
    }
}
