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

/// Going on after a restore that lost entries.
@Suite struct EpochTests {
    @Test func `a new epoch names what is lost and lets producers go on`() async throws {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...100)
        try await sink.sign()
        try await sink.append(101...300)
        try await sink.sign()
        await sink.stop()
        try await log.goBack(to: 200)

        let begun = try await log.beginEpoch()
        #expect(begun.logEpoch == 2)
        #expect(begun.checkpoint.origin == "log.test/2")
        #expect(
            try await log.number(
                "SELECT lost_end FROM audit.log_epochs WHERE log_epoch = 2") == 300)

        sink = try await TestSink(log)
        #expect(sink.service.standing.state == .fit)
        // The producer has forgotten what was signed.
        #expect(try await sink.append([]).acceptsGap == true)
        let reply = try await sink.append(301...302)
        #expect(reply.durableSequence == 302)
        #expect(reply.treeSize == 3)
        #expect(
            try await log.number("SELECT last_sequence FROM audit.producer_gaps") == 300)
        #expect(try await sink.append([]).acceptsGap == nil)
        let entry = try await log.admin.query(
            "SELECT entry FROM audit.entries WHERE sequence = 301", as: .nobody
        ).rows[0].get(0, as: Data.self)
        let first = try LogEntry(canonicalBytes: entry)
        #expect(first.lost == 201...300)
        #expect(first.follows == ProducerPlace(epoch: 1, sequence: 200))
        #expect(first.followsEarlierLog == true)
        #expect(await refusal { try await sink.append(310...310) } == "audit.sequence_gap")
        try await sink.sign()
        #expect(try await sink.faults() == [])
        #expect(try await sink.faults(logEpoch: 1) == [])
        try await log.tamper("UPDATE audit.entries SET sequence = 1200 WHERE sequence = 200")
        #expect(try await sink.faults().map(\.place).contains("entry 1"))
        try await log.tamper("UPDATE audit.entries SET sequence = 200 WHERE sequence = 1200")

        // The old tree is provable as far as a checkpoint fits what is there.
        let tree = try await sink.reader.tree(1, deadline: nil)
        #expect(tree.size == 200)
        #expect(tree.checkpoint.size == 100)
        _ = try await sink.reader.inclusion(of: [99], in: tree, deadline: nil)
        #expect(
            await refusal { try await sink.reader.inclusion(of: [150], in: tree, deadline: nil) }
                == "audit.not_proven")
        await sink.stop()
    }

    @Test func `no epoch begins where nothing is lost`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...3)
        try await sink.sign()
        await #expect(throws: StartupError.self) {
            try await EpochBeginning(database: sink.database, signer: sink.signer)
                .begin(reason: "no reason")
        }
        await sink.stop()
    }

    @Test func `no epoch begins while the signer's file is missing`() async throws {
        let log = try await TestLog()
        let before = try await TestSink(log)
        try await before.append(1...3)
        try await before.sign()
        await before.stop()
        try FileManager.default.removeItem(atPath: log.checkpointFile)
        let sink = try await TestSink(log)
        await #expect(throws: StartupError.self) {
            try await EpochBeginning(database: sink.database, signer: sink.signer)
                .begin(reason: "no file")
        }
        #expect(try await log.number("SELECT log_epoch FROM audit.log_state") == 1)
        await sink.stop()
    }
    @Test func `the first entry of an epoch binds what was kept of the one before`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...100)
        try await sink.sign()
        let signed = try #require(sink.signer.last)
        await sink.stop()
        try await log.goBack(to: 40)
        let kept = try await log.admin.query("SELECT root FROM audit.log_state", as: .nobody)
            .rows[0].hash("root")
        let begun = try await log.beginEpoch()
        #expect(CheckpointProducers(begun.checkpoint).last.keys.sorted() == ["log"])
        let bytes = try await log.admin.query(
            "SELECT entry FROM audit.entries WHERE log_epoch = 2 AND log_index = 0", as: .nobody
        ).rows[0].get(0, as: Data.self)
        let event = try AuditEvent(bytes: try LogEntry(canonicalBytes: bytes).event)
        #expect(
            EpochLink(event)
                == EpochLink(
                    kept: .init(size: 40, root: kept),
                    signed: .init(size: 100, root: signed.checkpoint.root)))
        for text in ["kept 40, signed 100", "kept 40, signed unknown"] {
            #expect(EpochLink(text: text)?.kept == .init(size: 40, root: nil), "\(text)")
        }
        for text in ["", "kept -1, signed none", "kept 40", "kept 40, signed 1, covered x"] {
            #expect(EpochLink(text: text) == nil, "\(text)")
        }
    }

    @Test(arguments: [
        "UPDATE audit.log_epochs SET kept_size = 39", "UPDATE audit.log_epochs SET lost_end = 99",
        "UPDATE audit.log_epochs SET origin = 'x/2'",
        "UPDATE audit.log_epochs SET previous_note = NULL", "DELETE FROM audit.log_epochs",
    ])
    func `a changed record of an epoch is named`(change: String) async throws {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...100)
        try await sink.sign()
        await sink.stop()
        try await log.goBack(to: 40)
        try await log.beginEpoch()
        sink = try await TestSink(log)
        #expect(try await sink.faults() == [])
        try await log.database.runAsSuperuser("\(change) WHERE log_epoch = 2")
        #expect(try await sink.faults().map(\.place).first == "log epoch 2")
        await sink.stop()
    }

    @Test func `entries of an old epoch that were rewritten with their tree are noticed`()
        async throws
    {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...20)
        try await sink.sign()
        try await sink.append(21...30)
        try await sink.sign()
        await sink.stop()
        try await log.goBack(to: 25)
        try await log.beginEpoch()
        // Nothing that was signed covers the last five, but for what the new epoch says.
        let columns: SQL = "UPDATE audit.entries SET entry = set_byte(entry, 40, 7)"
        try await log.tamper("\(fragment: columns) WHERE log_epoch = 1 AND log_index = 24")
        let leaves = try await log.admin.query(
            "SELECT entry FROM audit.entries WHERE log_epoch = 1 ORDER BY log_index", as: .nobody
        ).rows.map { MerkleHash.leaf(try $0.get(0, as: Data.self)) }
        try await log.tamper(
            "DELETE FROM audit.tiles WHERE log_epoch = 1",
            TileStore.write(RebuiltTree(leaves).tiles, logEpoch: 1))
        sink = try await TestSink(log)
        #expect(try await sink.faults(logEpoch: 1).contains { $0.place == "log epoch 2" })
        await sink.stop()
    }

    @Test(arguments: [false, true])
    func `after the signer's file was lost the log goes on in a new epoch that says so`(
        isKeptElsewhere: Bool
    ) async throws {
        let log = try await TestLog()
        var sink = try await TestSink(log)
        try await sink.append(1...3)
        try await sink.sign()
        try await sink.append(4...6)
        try await sink.sign()
        let newest = try #require(sink.signer.last)
        await sink.stop()
        try await log.tamper("DELETE FROM audit.checkpoints WHERE size = 6")
        await #expect(throws: StartupError.self) {
            try await log.beginEpoch(isSignerFileLost: true)
        }
        try FileManager.default.removeItem(atPath: log.checkpointFile)
        await #expect(throws: StartupError.self) {
            try await log.beginEpoch(isSignerFileLost: true, keptNote: "no note")
        }
        let begun = try await log.beginEpoch(
            isSignerFileLost: true, keptNote: isKeptElsewhere ? newest.text : nil)
        #expect(begun.logEpoch == 2 && begun.size == 1)
        sink = try await TestSink(log)
        #expect(sink.service.standing.state == .fit)
        let store = CheckStore(database: sink.database, signer: sink.signer)
        let link = try #require(try await store.epochs().last?.link)
        #expect(link.isSignedAtLeast)
        #expect(link.signed?.size == (isKeptElsewhere ? 6 : 3))
        #expect(link.kept.size == 6)
        try await sink.append(7...9)
        try await sink.sign()
        #expect(try await sink.faults() == [])
        await sink.stop()
    }

    @Test func `after the file was lost a command that was cut short is done again`() async throws {
        let log = try await TestLog()
        let sink = try await TestSink(log)
        try await sink.append(1...3)
        try await sink.sign()
        await sink.stop()
        try FileManager.default.removeItem(atPath: log.checkpointFile)
        try await log.beginEpoch(isSignerFileLost: true)
        // As if it had ended before it signed.
        try FileManager.default.removeItem(atPath: log.checkpointFile)
        try await log.tamper("DELETE FROM audit.checkpoints WHERE log_epoch = 2")
        #expect(try await log.beginEpoch(isSignerFileLost: true).logEpoch == 2)
        #expect(try await log.number("SELECT max(log_epoch) FROM audit.log_epochs") == 2)
    }
}
