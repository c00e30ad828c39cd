import Testing
import TransparencyLog

@Suite("Signed notes")
struct NoteTests {
    /// C2SP signed-note, “Example”.
    static let key = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
    static let note = """
        This is an example message.

        — example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=

        """

    @Test("The example of the specification is verified, and written as it was")
    func example() throws {
        let note = try SignedNote(parsing: Self.note.utf8)
        let key = try NoteVerifierKey(Self.key)
        #expect(note.text == "This is an example message.\n")
        #expect(try note.verify(with: [key]).map(\.key) == [key])
        #expect(note.bytes == Array(Self.note.utf8))
        #expect(key.text == Self.key)
        #expect(key.id == KeyID(0x530d_903a))
    }

    @Test("The example with any one bit flipped is not verified")
    func flippedBit() throws {
        let key = try NoteVerifierKey(Self.key)
        let bytes = Array(Self.note.utf8)
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            #expect(throws: NoteError.self, "bit \(bit)") {
                try SignedNote(parsing: flipped).verify(with: [key])
            }
        }
    }

    @Test(
        "What is no note is refused, and says why",
        arguments: [
            ("", .noSignature), ("\n", .noSignature), ("\n\n", .noSignature),
            ("text", .noSignature), ("text\n", .noSignature), ("text\n\n", .noSignature),
            ("text\n— a AAAAAAA=\n", .noSignature),
            ("text\n\n— a AAAAAAA=", .malformedSignature),
            ("text\n\n— a AAAAAAA=\nx", .malformedSignature),
            ("text\n\n- a AAAAAAA=\n", .malformedSignature),
            ("text\n\n—a AAAAAAA=\n", .malformedSignature),
            ("text\n\n— a  AAAAAAA=\n", .malformedSignature),
            ("text\n\n— a AAAAAAA= \n", .malformedSignature),
            ("text\n\n—  AAAAAAA=\n", .malformedSignature),
            ("text\n\n— AAAAAAA=\n", .malformedSignature),
            ("text\n\n— a\n", .malformedSignature),
            ("text\n\n— a \n", .malformedSignature),
            ("text\n\n— a AAAAAAA\n", .malformedSignature),
            ("text\n\n— a AAAAAAB=\n", .malformedSignature),
            ("text\n\n— a AAAAAA==\n", .malformedSignature),
            ("text\n\n— a AAAAAAA=\r\n", .malformedSignature),
            ("text\n\n— a+b AAAAAAA=\n", .malformedSignature),
            ("text\n\n— a\u{a0}b AAAAAAA=\n", .malformedSignature),
            ("text\n\n— a\u{2003} AAAAAAA=\n", .malformedSignature),
            ("text\n\n— a\0 AAAAAAA=\n", .malformedSignature),
            ("text\n\n— a AAAAAAA=\n\n", .noSignature),
            ("te\rxt\n\n— a AAAAAAA=\n", .malformedText),
            ("te\0xt\n\n— a AAAAAAA=\n", .malformedText),
            ("te\u{1f}xt\n\n— a AAAAAAA=\n", .malformedText),
            ("te\txt\n\n— a AAAAAAA=\n", .malformedText),
            ("text\r\n\n— a AAAAAAA=\n", .malformedText),
            ("text\r\n\r\n— a AAAAAAA=\r\n", .noSignature),
        ] as [(String, NoteError)]
    )
    func refused(text: String, error: NoteError) {
        #expect(throws: error) { try SignedNote(parsing: text.utf8) }
    }

    @Test("A text may have empty lines; the last one ends it")
    func emptyLines() throws {
        let line = "— a AAAAAAA=\n"
        for text in ["\n", "\n\n", "a\n\nb\n", "\(line)\n\(line)", "é\u{7f}\u{85}\n"] {
            let bytes = Array((text + "\n— a AAAAAAA=\n").utf8)
            let note = try SignedNote(parsing: bytes)
            #expect(Array(note.text.utf8) == Array(text.utf8))
            #expect(note.bytes == bytes)
        }
    }

    @Test("Bytes that are not UTF-8 are refused, in the text and in a name")
    func invalidUTF8() {
        let line = Array("\n\n— a AAAAAAA=\n".utf8)
        for bytes: [UInt8] in [[0xFF], [0xC0, 0x8A], [0xED, 0xA0, 0x80], [0xE2, 0x80]] {
            #expect(throws: NoteError.malformedText) { try SignedNote(parsing: bytes + line) }
            let named = Array("text\n\n— ".utf8) + bytes + Array(" AAAAAAA=\n".utf8)
            #expect(throws: NoteError.malformedSignature) { try SignedNote(parsing: named) }
        }
    }

    @Test("A note has up to 100 signatures", arguments: [1, 16, 17, 99, 100, 101, 1_000])
    func signatureLimit(count: Int) throws {
        let key = try Keys.log()
        let others = (1..<count).map { "— a\($0) AAAAAAA=\n" }.joined()
        let own = try SignedNote(text: "text\n", signatures: [key.sign("text\n")]).bytes
        let bytes = own + Array(others.utf8)
        if count <= SignedNote.signatureLimit {
            let note = try SignedNote(parsing: bytes)
            #expect(note.signatures.count == count)
            #expect(try note.verify(with: [key.verifierKey]).count == 1)
        } else {
            #expect(throws: NoteError.tooManySignatures) { try SignedNote(parsing: bytes) }
        }
    }

    @Test("A note has up to 1,048,576 bytes")
    func byteLimit() throws {
        let line = "\n\n— a AAAAAAA=\n"
        let room = SignedNote.byteLimit - line.utf8.count
        let largest = String(repeating: "x", count: room) + line
        #expect(try SignedNote(parsing: largest.utf8).bytes.count == 1_048_576)
        #expect(throws: NoteError.tooLarge) { try SignedNote(parsing: "x\(largest)".utf8) }
    }

    @Test("A text that cannot be a note's is not signed into one")
    func writing() throws {
        let signature = try Keys.log().sign("text\n")
        for text in ["", "text", "te\rxt\n", "te\0xt\n"] {
            #expect(throws: NoteError.malformedText) {
                try SignedNote(text: text, signatures: [signature])
            }
        }
        #expect(throws: NoteError.noSignature) { try SignedNote(text: "text\n", signatures: []) }
        #expect(throws: NoteError.tooManySignatures) {
            try SignedNote(
                text: "text\n", signatures: Array(repeating: signature, count: 101))
        }
    }

    @Test("Random mutations never trap, and none is verified unless it says the same")
    func mutations() throws {
        var generator = RandomTesting.generator("Notes")
        let log = try Keys.log()
        var note = try SignedNote(text: "a\n\nb é\n", signatures: [log.sign("a\n\nb é\n")])
        try note.add(Keys.witness(1).sign(note.text, timestamp: 7))
        let keys = [log.verifierKey, try Keys.witness(1).verifierKey]
        var readCount = 0
        for _ in 0..<(RandomTesting.isHeavy ? 200_000 : 3_000) {
            let bytes = Mutation.apply(to: note.bytes, using: &generator)
            guard let read = try? SignedNote(parsing: bytes) else { continue }
            readCount += 1
            #expect(read.bytes == bytes)
            guard (try? read.verify(with: keys)) != nil else { continue }
            #expect(Array(read.text.utf8) == Array(note.text.utf8))
        }
        #expect(readCount > 0)
    }
}
