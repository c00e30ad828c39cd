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

    /// An entry of version 3.
    private func entry(
        _ epoch: Int64, _ sequence: Int64, after last: (Int64, Int64)? = nil,
        inEarlierLog: Bool = false
    ) -> LogEntry {
        LogEntry(
            producer: "a", epoch: epoch, sequence: sequence, event: Data(),
            receivedAt: Date(timeIntervalSince1970: 1_790_000_000), followsEpoch: last?.0,
            followsSequence: last?.1, followsEarlierLog: inEarlierLog ? true : nil)
    }

    @Test("The first entry of a numbering names the last of the one before, which is missed if cut")
    func ends() {
        func check(_ entries: LogEntry..., isLater: Bool = false) -> [Bool] {
            var check = SequenceCheck(mayBeginAnywhere: isLater)
            return entries.map { check.take($0).isEmpty }
        }
        let first = self.entry(1, 1)
        #expect(check(first, self.entry(1, 2), self.entry(2, 1, after: (1, 2))).allSatisfy { $0 })
        #expect(check(first, self.entry(2, 1, after: (1, 2))) == [true, false])
        #expect(check(first, self.entry(2, 1)) == [true, false])
        #expect(check(first, self.entry(1, 2, after: (1, 1))) == [true, false])
        let continued = self.entry(1, 2, after: (1, 1), inEarlierLog: true)
        #expect(check(continued, isLater: true) == [true])
        #expect(check(continued) == [false])
        #expect(check(first, continued, isLater: true) == [true, false])
        #expect(check(self.entry(2, 1, after: (1, 2)), isLater: true) == [false])
    }

    @Test("An entry says what it follows in version 3 only, wholly or not at all")
    func versions() throws {
        let entry = self.entry(2, 1, after: (1, 7), inEarlierLog: true)
        let read = try LogEntry(canonicalBytes: try entry.canonicalBytes)
        #expect(read.follows == ProducerPlace(epoch: 1, sequence: 7))
        #expect(read.version == 3 && read.followsEarlierLog == true)
        for change: (inout LogEntry) -> Void in [
            { $0.version = 2 }, { $0.version = 4 }, { $0.followsEpoch = nil },
            { $0.followsSequence = nil }, { $0.followsEarlierLog = false },
            { ($0.followsEpoch, $0.followsSequence) = (nil, nil) },
        ] {
            var changed = entry
            change(&changed)
            #expect(throws: AuditFormatError.self) {
                try LogEntry(canonicalBytes: try changed.canonicalBytes)
            }
        }
        var former = self.entry(1, 1)
        former.version = 2
        #expect(try LogEntry(canonicalBytes: try former.canonicalBytes) == former)
    }

    @Test("An event counts as of when it came if it is too old, by the version of the entry")
    func countedTime() {
        let now = Date(timeIntervalSince1970: 1_790_000_000)
        let day = 86_400.0
        for (version, age, isKept) in [
            (3, 396, true), (3, 397, false), (2, 397, true), (2, 3_653, true), (2, 3_654, false),
            (3, -1, true), (3, -2, false),
        ] as [(Int64, Double, Bool)] {
            var entry = LogEntry(
                producer: "a", epoch: 1, sequence: 1, event: Data(), receivedAt: now)
            entry.version = version
            let time = now - age * day
            #expect(entry.countedTime(of: time) == (isKept ? time : now), "\(version), \(age)")
        }
    }
}
