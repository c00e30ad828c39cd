import AuditAPI
import AuditFormat
import AuditTestSupport
import Foundation
import Testing
import TransparencyLog

@Suite("The verification of a whole log")
struct LogVerificationTests {
    private func verify(
        _ entries: [StoredEntry], against log: SampleLog, older: Checkpoint? = nil
    ) throws -> LogVerification {
        var verification = LogVerification(
            logEpoch: 1, checkpoint: try log.checkpoint(size: log.entries.count), older: older)
        for entry in entries { verification.take(entry) }
        #expect(verification.finish() == (verification.faultCount == 0))
        return verification
    }

    @Test("A log as it was signed has no faults", arguments: [0, 1, 2, 255, 256, 257, 600])
    func sound(_ count: Int) throws {
        let log = try SampleLog(count)
        let verification = try self.verify(
            log.entries, against: log, older: try log.checkpoint(size: count / 2))
        #expect(verification.faults == [])
        #expect(verification.isAsSigned)
        #expect(verification.payloadCount == (count + 1) / 2)
        #expect(verification.roots.count == count / 256)
    }

    @Test("A changed byte of an entry, its leaf hash or its payload names the entry")
    func changed() throws {
        let log = try SampleLog(40)
        let changes: [(inout StoredEntry) -> Void] = [
            { $0.entry[$0.entry.count / 2] ^= 1 }, { $0.leafHash[31] ^= 1 },
            { $0.payload?[2] ^= 1 }, { $0.salt?[0] ^= 0x80 }, { $0.salt = nil },
        ]
        for (number, change) in changes.enumerated() {
            var entries = log.entries
            change(&entries[18])
            let verification = try self.verify(entries, against: log)
            #expect(verification.faults.first?.place == "entry 18", "change \(number)")
            #expect(verification.isAsSigned == (number > 0))
        }
    }

    @Test("An entry changed together with its leaf hash gives another root than was signed")
    func consistentChange() throws {
        let log = try SampleLog(600)
        var entries = log.entries
        entries[300].entry = entries[298].entry
        entries[300].leafHash = entries[298].leafHash
        let verification = try self.verify(entries, against: log)
        #expect(verification.faults.last?.place == "checkpoint 600")
        #expect(verification.isComplete && !verification.isAsSigned)
    }

    @Test("Missing, repeated and surplus entries are named")
    func missing() throws {
        let log = try SampleLog(20)
        var gap = log.entries
        gap.removeSubrange(5...7)
        #expect(try self.verify(gap, against: log).faults.first?.place == "entry 5")
        let short = try self.verify(log.entries.dropLast(), against: log)
        #expect(short.faults.map(\.place) == ["entry 19"])
        let twice = try self.verify(log.entries + log.entries.suffix(1), against: log)
        #expect(twice.faults.map(\.place) == ["entry 19"])
        let longer = try SampleLog(21)
        #expect(try self.verify(longer.entries, against: log).faults.map(\.place) == ["entry 20"])
    }

    @Test("A gap in a producer's numbers is named, also in a log that was signed so")
    func gap() throws {
        var log = try SampleLog(20)
        log.entries.remove(at: 9)
        for index in log.entries.indices { log.entries[index].logIndex = Int64(index) }
        let verification = try self.verify(log.entries, against: log)
        #expect(verification.faults.map(\.place) == ["entry 10"])
        #expect(verification.faults[0].description == "conversations has event 6 after 4.")
        #expect(verification.isAsSigned)
    }

    @Test("A log that is no continuation of an older checkpoint is refused")
    func older() throws {
        let log = try SampleLog(20)
        let other = try Checkpoint(origin: log.origin, size: 7, root: .leaf([1]))
        let verification = try self.verify(log.entries, against: log, older: other)
        #expect(verification.faults.map(\.place) == ["checkpoint 7"])
    }

    @Test("Faults without end take no memory without end")
    func bounded() throws {
        let log = try SampleLog(150)
        let entries = log.entries.map { entry in
            StoredEntry(logIndex: entry.logIndex, entry: entry.entry, leafHash: Data(count: 32))
        }
        let verification = try self.verify(entries, against: log)
        #expect(verification.faultCount == 150)
        #expect(verification.faults.count == LogVerification.faultLimit)
    }
}

@Suite("The numbers of producers")
struct SequenceCheckTests {
    private func check(_ places: [(Int64, Int64)], mayBeginAnywhere: Bool = false) -> [Bool] {
        var check = SequenceCheck(mayBeginAnywhere: mayBeginAnywhere)
        return places.map { epoch, sequence in
            check.take(
                LogEntry(producer: "a", epoch: epoch, sequence: sequence, event: Data())
            ).isEmpty
        }
    }

    @Test("They count up by one, and from 1 in each numbering")
    func order() {
        #expect(self.check([(1, 1), (1, 2), (2, 1), (4, 1)]) == [true, true, true, true])
        #expect(self.check([(1, 2), (1, 3)]) == [false, true])
        #expect(self.check([(1, 1), (1, 3)]) == [true, false])
        #expect(self.check([(1, 1), (1, 1)]) == [true, false])
        #expect(self.check([(2, 1), (1, 2)]) == [true, false])
        #expect(self.check([(1, 1), (2, 2)]) == [true, false])
        #expect(self.check([(3, 17), (3, 18)], mayBeginAnywhere: true) == [true, true])
    }
}
