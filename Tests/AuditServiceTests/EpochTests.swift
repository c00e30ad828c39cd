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

        let signer = try log.signer()
        try signer.open()
        let pool = log.runtimePool()
        let begun = try await EpochBeginning(database: pool, signer: signer)
            .begin(reason: "the disk broke")
        #expect(begun.logEpoch == 2)
        #expect(begun.checkpoint.origin == "log.test/2")
        signer.close()
        await pool.close()
        #expect(
            try await log.number(
                "SELECT lost_end FROM audit.log_epochs WHERE log_epoch = 2") == 300)

        sink = try await TestSink(log)
        #expect(sink.service.standing.state == .fit)
        // The producer has forgotten what was signed.
        let reply = try await sink.append(301...302)
        #expect(reply.durableSequence == 302)
        #expect(reply.treeSize == 3)
        #expect(
            try await log.number("SELECT last_sequence FROM audit.producer_gaps") == 300)
        #expect(await refusal { try await sink.append(310...310) } == "audit.sequence_gap")
        try await sink.sign()
        #expect(try await sink.faults() == [])

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
}
