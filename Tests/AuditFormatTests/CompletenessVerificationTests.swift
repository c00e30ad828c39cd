import AuditAPI
import AuditFormat
import AuditTestSupport
import Foundation
import Testing
import TransparencyLog

@Suite("Verifying that nothing is missing")
struct CompletenessVerificationTests {
    private let log: SampleLog
    private let span = Date(timeIntervalSince1970: 1_700_000_000)...Date(
        timeIntervalSince1970: 1_700_000_000)

    init() throws { self.log = try SampleLog(40) }

    /// The entries of identity, which are every other one, with their proofs.
    private func entries() throws -> [IncludedEntry] {
        let tiles = TileSet(try self.log.tiles())
        return try stride(from: 0, to: 40, by: 2).map { index in
            let proof = try InclusionProof(leafIndex: UInt64(index), treeSize: 40, tiles: tiles)
            return IncludedEntry(
                logIndex: Int64(index), entry: self.log.entries[index].entry,
                hashes: proof.hashes.map { Data($0.bytes) })
        }
    }

    private func verify(
        _ entries: [IncludedEntry], lost: [Int64: Int64] = [:],
        beginsWithFirst: Bool = true, endsWithNewest: Bool = true, logEpoch: Int64 = 1
    ) throws -> CompletenessVerification.Result {
        var verification = CompletenessVerification(
            producer: "identity", span: self.span,
            checkpoint: try self.log.checkpoint(size: 40), logEpoch: logEpoch)
        for entry in entries { try verification.take(entry, lostFrom: lost[entry.logIndex]) }
        return try verification.end(
            CompletenessEnd(beginsWithFirst: beginsWithFirst, endsWithNewest: endsWithNewest))
    }

    @Test("Entries that follow one another without a gap are complete")
    func complete() throws {
        let result = try self.verify(try self.entries())
        #expect(result.entryCount == 20)
        #expect(result.bounds == 0...38)
        #expect(result.lost.isEmpty && result.endsWithNewest)
    }

    @Test("Nobody is told of nothing where there is something")
    func empty() throws {
        #expect(throws: CompletenessFault.self) { try self.verify([]) }
        var verification = CompletenessVerification(
            producer: "vault", span: self.span, checkpoint: try self.log.checkpoint(size: 40),
            logEpoch: 1)
        #expect(
            try verification.end(
                CompletenessEnd(beginsWithFirst: true, endsWithNewest: true)).bounds == nil)
        // A checkpoint that says nothing of producers proves nothing of what is not there.
        let silent = try Checkpoint(
            origin: self.log.origin, size: 40, root: self.log.checkpoint(size: 40).root)
        verification = CompletenessVerification(
            producer: "vault", span: self.span, checkpoint: silent, logEpoch: 1)
        #expect(throws: CompletenessFault.self) {
            try verification.end(CompletenessEnd(beginsWithFirst: true, endsWithNewest: true))
        }
    }

    @Test("The newest events cannot be held back", arguments: 1...3)
    func heldBack(count: Int) throws {
        let entries = try self.entries()
        #expect(throws: CompletenessFault.self) {
            try self.verify(Array(entries.dropLast(count)), endsWithNewest: true)
        }
    }

    @Test("An entry that is left out is missed, unless the log has recorded it as lost")
    func gap() throws {
        var entries = try self.entries()
        entries.remove(at: 7)
        #expect(throws: CompletenessFault.self) { try self.verify(entries) }
        let result = try self.verify(entries, lost: [16: 8], logEpoch: 2)
        #expect(result.lost == [8...8])
        #expect(throws: CompletenessFault.self) {
            try self.verify(entries, lost: [16: 9], logEpoch: 2)
        }
        // A log that was never begun anew has lost nothing, whatever is said.
        #expect(throws: CompletenessFault.self) { try self.verify(entries, lost: [16: 8]) }
    }

    /// The entries of a service that were numbered anew, in a log of their own, without some.
    private func verify(
        _ logged: [LogEntry], without missing: [Int] = [], logEpoch: Int64 = 1
    ) throws -> CompletenessVerification.Result {
        var log = try SampleLog(0)
        let event = try AuditEvent(
            id: SampleLog.id(1), occurredAt: Date(timeIntervalSince1970: 1_700_000_000),
            action: .signedIn
        ).canonicalBytes
        for entry in logged {
            var entry = entry
            entry.event = event
            try log.append(entry)
        }
        let tiles = TileSet(try log.tiles())
        let size = log.entries.count
        var verification = CompletenessVerification(
            producer: "identity", span: self.span, checkpoint: try log.checkpoint(size: size),
            logEpoch: logEpoch)
        for index in 0..<size where !missing.contains(index) {
            let proof = try InclusionProof(
                leafIndex: UInt64(index), treeSize: UInt64(size), tiles: tiles)
            try verification.take(
                IncludedEntry(
                    logIndex: Int64(index), entry: log.entries[index].entry,
                    hashes: proof.hashes.map { Data($0.bytes) }), lostFrom: nil)
        }
        return try verification.end(
            CompletenessEnd(beginsWithFirst: true, endsWithNewest: true))
    }

    private static func entry(
        _ epoch: Int64, _ sequence: Int64, after last: (Int64, Int64)? = nil,
        inEarlierLog: Bool = false
    ) -> LogEntry {
        LogEntry(
            producer: "identity", epoch: epoch, sequence: sequence, event: Data(),
            receivedAt: Date(timeIntervalSince1970: 1_700_000_000), followsEpoch: last?.0,
            followsSequence: last?.1, followsEarlierLog: inEarlierLog ? true : nil)
    }

    @Test("The end of a numbering cannot be held back, nor what an epoch of the log begins with")
    func ends() throws {
        let entries = [
            Self.entry(1, 1), Self.entry(1, 2), Self.entry(1, 3),
            Self.entry(2, 1, after: (1, 3)), Self.entry(2, 2),
        ]
        #expect(try self.verify(entries).entryCount == 5)
        for missing in [[2], [1, 2], [0, 1, 2], [0]] {
            #expect(throws: CompletenessFault.self) {
                try self.verify(entries, without: missing)
            }
            #expect(throws: CompletenessFault.self) {
                try self.verify(entries, without: missing, logEpoch: 2)
            }
        }
        #expect(try self.verify(entries, logEpoch: 2).continuesEarlierEpoch == false)
        let later = [Self.entry(1, 4, after: (1, 3), inEarlierLog: true), Self.entry(1, 5)]
        let result = try self.verify(later, logEpoch: 2)
        #expect(result.continuesEarlierEpoch)
        #expect(result.follows == ProducerPlace(epoch: 1, sequence: 3))
        #expect(throws: CompletenessFault.self) {
            try self.verify(later, without: [0], logEpoch: 2)
        }
    }

    @Test("Entries out of order, twice, changed or of another service are refused")
    func wrong() throws {
        let entries = try self.entries()
        #expect(throws: CompletenessFault.self) { try self.verify(entries.reversed()) }
        #expect(throws: CompletenessFault.self) { try self.verify([entries[0], entries[0]]) }
        var changed = entries
        changed[3].entry[20] ^= 1
        #expect(throws: CompletenessFault.self) { try self.verify(changed) }
        var moved = entries
        moved[3].hashes[0][0] ^= 1
        #expect(throws: CompletenessFault.self) { try self.verify(moved) }
        var foreign = entries
        foreign[0].entry = self.log.entries[1].entry
        #expect(throws: CompletenessFault.self) { try self.verify(foreign) }
    }

    @Test("The entries reach over the span, or say why they do not")
    func bounds() throws {
        let entries = try self.entries()
        #expect(throws: CompletenessFault.self) {
            try self.verify(Array(entries.dropFirst()), beginsWithFirst: true)
        }
        var verification = CompletenessVerification(
            producer: "identity", span: self.span.lowerBound.addingTimeInterval(-5)...Date(),
            checkpoint: try self.log.checkpoint(size: 40), logEpoch: 1)
        for entry in entries { try verification.take(entry, lostFrom: nil) }
        let ended = verification
        #expect(throws: CompletenessFault.self) {
            try ended.end(CompletenessEnd(beginsWithFirst: false, endsWithNewest: true))
        }
        #expect(throws: CompletenessFault.self) {
            try ended.end(CompletenessEnd(beginsWithFirst: true, endsWithNewest: false))
        }
    }
}
