import AuditAPI
import AuditFormat
import AuditTestSupport
import Foundation
import Testing
import TransparencyLog

@Suite("A file that proves an entry")
struct ProvenEntryFileTests {
    @Test("It is read from what it was written as and says what was recorded", arguments: [0, 1, 6])
    func valid(_ index: Int) throws {
        let log = try SampleLog(7)
        let file = try ProvenEntryFile(parsing: try log.file(index).bytes)
        let entry = try file.verify(trusting: log.trusted)
        #expect(entry.logIndex == Int64(index))
        #expect(entry.event.id == SampleLog.id(index))
        #expect(entry.checkpoint.size == 7)
        #expect(entry.payload?.username == (index.isMultiple(of: 2) ? "Ada \(index)" : nil))
    }

    @Test("Each of its bytes matters: whichever is changed, the file is refused", arguments: [4, 5])
    func flippedByte(_ index: Int) throws {
        let log = try SampleLog(7)
        let bytes = try log.file(index).bytes
        var random = Seeded(state: 7)
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= UInt8.random(in: 1...255, using: &random)
            #expect(throws: ProvenEntryError.self, "byte \(place)") {
                try ProvenEntryFile(parsing: changed).verify(trusting: log.trusted)
            }
        }
    }

    @Test("A byte more or less is refused, and so is another way to write the same")
    func otherForm() throws {
        let log = try SampleLog(3)
        let bytes = try log.file(1).bytes
        let text = String(decoding: bytes, as: UTF8.self)
        let forms = [
            bytes + [0x0A], bytes.dropLast(), [],
            Array(text.replacing("\": ", with: "\":").utf8),
            Array(text.replacing("\"version\": 1", with: "\"version\": 1.0").utf8),
            Array(text.replacing("{\n", with: "{\n  \"note\": \"\",\n").utf8),
        ]
        for form in forms {
            #expect(throws: ProvenEntryError.self) { try ProvenEntryFile(parsing: Array(form)) }
        }
    }

    @Test("A payload that was erased leaves a file that still proves the event")
    func erased() throws {
        let log = try SampleLog(5)
        var proven = try log.file(2).proven
        proven.payload = nil
        proven.salt = nil
        let file = ProvenEntryFile(proven, verifierKey: log.key.verifierKey.text)
        #expect(try file.verify(trusting: log.trusted).payload == nil)
    }

    @Test("The reason of a refusal names what does not fit")
    func reasons() throws {
        let log = try SampleLog(6)
        let other = try SampleLog(6, seed: 2)
        let file = try log.file(2)
        let key = log.key.verifierKey.text
        func refusal(_ change: (inout ProvenEntry) throws -> Void) throws -> ProvenEntryError? {
            var proven = file.proven
            try change(&proven)
            return #expect(throws: ProvenEntryError.self) {
                try ProvenEntryFile(proven, verifierKey: key).verify(trusting: log.trusted)
            }
        }
        #expect(try refusal { $0.logIndex = 3 } == .otherIndex(file: 3, proof: 2))
        #expect(try refusal { $0.entry[9] ^= 1 } == .notInTree(.rootMismatch))
        #expect(try refusal { $0.payload?[3] ^= 1 } == .otherPayload)
        #expect(try refusal { $0.salt = nil } == .otherPayload)
        #expect(try refusal { $0.payload = nil } == .saltWithoutPayload)
        #expect(
            try refusal { $0.proof = try other.file(2).proven.proof } == .checkpoint(.notSigned))
        #expect(throws: ProvenEntryError.otherKey(key)) { try file.verify(trusting: other.trusted) }
    }

    @Test("One key is believed for every epoch of its log, and for no other log")
    func epochs() throws {
        let second = try SampleLog(2, origin: "example.org/audit/2")
        #expect(try second.file(0).verify(trusting: second.trusted).checkpoint.size == 2)
        let other = try SampleLog(2, origin: "example.org/other")
        #expect(throws: ProvenEntryError.checkpoint(.otherLog("example.org/other"))) {
            try other.file(0).verify(trusting: other.trusted)
        }
    }
}

/// Random numbers that are the same each time (splitmix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var number = self.state
        number = (number ^ (number >> 30)) &* 0xBF58_476D_1CE4_E5B9
        number = (number ^ (number >> 27)) &* 0x94D0_49BB_1331_11EB
        return number ^ (number >> 31)
    }
}
