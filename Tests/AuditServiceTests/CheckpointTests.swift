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

/// What is signed, and what is not.
@Suite struct CheckpointTests {
    @Test func `a checkpoint is in the file before it is in the database`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...3)
        try await sink.sign()
        let file = try String(contentsOfFile: log.checkpointFile, encoding: .utf8)
        #expect(try sink.signer.verified(file).size == 3)
        #expect(try await log.number("SELECT max(size) FROM audit.checkpoints") == 3)
        #expect(
            try await log.number("SELECT checkpointed_sequence FROM audit.producers") == 3)
        await sink.stop()
    }

    @Test func `a second process does not get the signer`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        #expect(throws: StartupError.self) { try log.signer().open() }
        await sink.stop()
        try log.signer().open()
    }

    @Test func `dying between commit, signature and copy does no harm`() async throws {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...3)
        await sink.stop()
        sink = try await TestSink(log)
        #expect(sink.service.standing.state == .fit)
        #expect(sink.signer.last?.size == 3)
        await sink.stop()
        // Signed, and the copy was never stored.
        try await log.tamper(
            "DELETE FROM audit.checkpoints", "UPDATE audit.producers SET checkpointed_sequence = 0")
        sink = try await TestSink(log)
        #expect(sink.service.standing.state == .fit)
        #expect(try await log.number("SELECT max(size) FROM audit.checkpoints") == 3)
        #expect(
            try await log.number("SELECT checkpointed_sequence FROM audit.producers") == 3)
        try await sink.append(4...5)
        try await sink.sign()
        #expect(sink.signer.last?.size == 5)
        await sink.stop()
    }

    @Test func `an older database is neither appended to nor signed`() async throws {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...300)
        try await sink.sign()
        let signed = try String(contentsOfFile: log.checkpointFile, encoding: .utf8)
        await sink.stop()
        try await log.goBack(to: 200)
        sink = try await TestSink(log)
        guard case .unfit(let why) = sink.service.standing.state else {
            return #expect(Bool(false), "the older database was taken")
        }
        #expect(why.contains("200 to 299"))
        #expect(!sink.service.standing.health.isReady)
        #expect(await refusal { try await sink.append(201...201) } == "audit.log_behind")
        try await sink.sign()
        #expect(try String(contentsOfFile: log.checkpointFile, encoding: .utf8) == signed)
        #expect(try await sink.append(epoch: 1, []).durableSequence == 200)
        await sink.stop()
    }

    @Test func `another root for a signed size is refused`() async throws {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...3)
        try await sink.sign()
        await sink.stop()
        try await log.tamper("UPDATE audit.log_state SET root = sha256('x')")
        sink = try await TestSink(log)
        #expect(await refusal { try await sink.append(4...4) } == "audit.log_behind")
        await sink.stop()
    }

    @Test func `a key file is read as it was written`() throws {
        let seed = [UInt8](repeating: 7, count: 32)
        let line = try SigningKeyFile.line(name: KeyName("log.test")!, seed: seed)
        let key = try #require(SigningKeyFile.key(line))
        #expect(
            key.verifierKey == (try NoteSigningKey(name: KeyName("log.test")!, seed: seed))
                .verifierKey)
        #expect(SigningKeyFile.key(Array(line.dropLast(5))) == nil)
    }
}

extension TestLog {
    /// Makes the database what it was when the log had so many entries.
    func goBack(to size: Int64) async throws {
        let tree = RebuiltTree(
            try await self.admin.query(
                """
                SELECT entry FROM audit.entries WHERE log_index < \(size) ORDER BY log_index
                """, as: .nobody
            ).rows.map { MerkleHash.leaf(try $0.get(0, as: Data.self)) })
        try await self.tamper(
            "ALTER TABLE audit.log_state DISABLE TRIGGER USER",
            "DELETE FROM audit.payloads WHERE log_index >= \(size)",
            "DELETE FROM audit.entries WHERE log_index >= \(size)",
            "DELETE FROM audit.checkpoints WHERE size > \(size)",
            "DELETE FROM audit.tiles",
            TileStore.write(tree.tiles, logEpoch: 1),
            "UPDATE audit.log_state SET size = \(size), root = \(Data(tree.root.bytes))",
            """
            UPDATE audit.producers AS p SET last_sequence = e.sequence,
                checkpointed_sequence = 0, last_leaf_hash = sha256('\\x00'::bytea || e.entry)
            FROM (
                SELECT DISTINCT ON (producer) * FROM audit.entries
                ORDER BY producer, log_index DESC
            ) AS e
            WHERE e.producer = p.producer
            """)
    }
}

/// The tree over leaves.
struct RebuiltTree {
    let tiles: [Tile]
    let root: MerkleHash

    init(_ leaves: [MerkleHash]) {
        var edge = RightEdge()
        // A tree of a test has room.
        self.tiles = try! edge.append(leaves)
        self.root = edge.root
    }
}
