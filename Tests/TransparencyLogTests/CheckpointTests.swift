import Testing
import TransparencyLog

@Suite("Checkpoints")
struct CheckpointTests {
    private static let root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="

    @Test("The example of the specification is read, and written as it was")
    func example() throws {
        let text = "example.com/behind-the-sofa\n20852163\n\(Self.root)\n"
        let checkpoint = try Checkpoint(text: text)
        #expect(checkpoint.origin == "example.com/behind-the-sofa")
        #expect(checkpoint.size == 20_852_163)
        #expect(checkpoint.root.base64 == Self.root)
        #expect(checkpoint.extensions == [])
        #expect(checkpoint.text == text)
    }

    @Test("Further lines are kept")
    func extensions() throws {
        let text = "a\n1\n\(Self.root)\nfirst line\nsecond é\n"
        let checkpoint = try Checkpoint(text: text)
        #expect(checkpoint.extensions == ["first line", "second é"])
        #expect(checkpoint.text == text)
        #expect(checkpoint != (try Checkpoint(text: "a\n1\n\(Self.root)\n")))
    }

    @Test(
        "A size is a decimal number below 2^64 without leading zeros",
        arguments: [
            ("0", nil), ("1", 1), ("9", 9), ("10", 10), ("18446744073709551615", UInt64.max),
            ("18446744073709551616", nil), ("99999999999999999999", nil), ("00", nil),
            ("01", nil), ("000000000000000000001", nil), ("-1", nil), ("+1", nil), ("", nil),
            (" 1", nil), ("1 ", nil), ("0x1", nil), ("1e3", nil), ("1_000", nil), ("١", nil),
            (String(repeating: "9", count: 10_000), nil),
        ] as [(String, UInt64?)]
    )
    func sizes(text: String, size: UInt64?) {
        let note = "a\n\(text)\n\(Self.root)\n"
        if let size {
            #expect((try? Checkpoint(text: note))?.size == size)
        } else {
            let error: CheckpointError = text == "0" ? .wrongEmptyRoot : .malformedSize
            #expect(throws: error) { try Checkpoint(text: note) }
        }
    }

    @Test(
        "A text that is no checkpoint says why",
        arguments: [
            ("", .malformed), ("\n", .malformed), ("a\n1\n", .malformed),
            ("a\n1\n\(root)", .malformed), ("\n1\n\(root)\n", .malformedOrigin),
            ("a\n1\n\n", .malformedRoot), ("a\n1\nAAAA\n", .malformedRoot),
            ("a\n1\n\(root)\n\n", .malformedExtension),
            ("a\n1\n\(root)\n\nx\n", .malformedExtension),
            ("a\r\n1\n\(root)\n", .malformedOrigin), ("a\n1\n \(root)\n", .malformedRoot),
        ] as [(String, CheckpointError)]
    )
    func refused(text: String, error: CheckpointError) {
        #expect(throws: error) { try Checkpoint(text: text) }
    }

    @Test("A line with control characters is not written")
    func writing() {
        for origin in ["", "a\nb", "a\r", "\0"] {
            #expect(throws: CheckpointError.malformedOrigin) {
                try Checkpoint(origin: origin, size: 1, root: .emptyTree)
            }
            #expect(throws: CheckpointError.malformedExtension) {
                try Checkpoint(origin: "a", size: 1, root: .emptyTree, extensions: [origin])
            }
        }
    }

    @Test("A policy asks for the log's signature, its origin, and so many different witnesses")
    func policy() throws {
        let log = try Keys.log()
        let witnesses = try (1...3).map { try Keys.witness($0) }
        let checkpoint = try Checkpoint(
            origin: "log.example/audit", size: 1, root: .leaf([1]))
        func policy(_ count: Int, origin: String = "log.example/audit") throws -> CheckpointPolicy {
            try CheckpointPolicy(
                origin: origin, logKeys: [log.verifierKey],
                witnessKeys: witnesses.map(\.verifierKey), requiredWitnessCount: count)
        }
        var note = try checkpoint.signed(by: log)
        #expect(try policy(0).verify(note).checkpoint == checkpoint)
        #expect(throws: CheckpointError.tooFewWitnesses) { try policy(1).verify(note) }
        #expect(throws: CheckpointError.otherOrigin) {
            try policy(0, origin: "log.example/other").verify(note)
        }
        for (timestamp, witness) in [(1, 0), (2, 0), (3, 1)] {
            try note.add(witnesses[witness].sign(note.text, timestamp: UInt64(timestamp)))
        }
        #expect(try policy(2).verify(note).signers.map(\.timestamp) == [nil, 2, 3])
        #expect(throws: CheckpointError.tooFewWitnesses) { try policy(3).verify(note) }
        let unsigned = try checkpoint.signed(by: witnesses[0], timestamp: 1)
        #expect(throws: CheckpointError.notSignedByLog) { try policy(1).verify(unsigned) }
    }

    @Test("A witness with two names is one witness, and a log is none of its own")
    func samePublicKey() throws {
        let log = try Keys.log()
        let keys = try ["w.example/a", "w.example/b"].map {
            try Keys.signing($0, type: .cosignature, seed: 7)
        }
        let own = try Keys.signing("log.example/audit", type: .cosignature, seed: 1)
        let checkpoint = try Checkpoint(
            origin: "log.example/audit", size: 1, root: .leaf([1]))
        var note = try checkpoint.signed(by: log)
        for key in keys + [own] { try note.add(key.sign(note.text, timestamp: 1)) }
        func policy(_ count: Int) throws -> CheckpointPolicy {
            try CheckpointPolicy(
                origin: "log.example/audit", logKeys: [log.verifierKey],
                witnessKeys: (keys + [own]).map(\.verifierKey), requiredWitnessCount: count)
        }
        #expect(try policy(1).verify(note).signers.count == 4)
        #expect(throws: CheckpointError.tooFewWitnesses) { try policy(2).verify(note) }
    }
}
