import Testing
import TransparencyLog

@Suite("Keys that sign notes")
struct NoteKeyTests {
    @Test("Unknown signers are ignored, and a note that only they signed is refused")
    func unknownSigners() throws {
        let (log, other) = (try Keys.log(), try Keys.signing("other.example", seed: 9))
        let note = try SignedNote(
            text: "text\n", signatures: [other.sign("text\n"), log.sign("text\n")])
        #expect(try note.verify(with: [log.verifierKey]).map(\.key) == [log.verifierKey])
        #expect(throws: NoteError.unknownSigners) { try note.verify(with: []) }
        let third = try Keys.signing("log.example/audit", seed: 3).verifierKey
        #expect(throws: NoteError.unknownSigners) { try note.verify(with: [third]) }
    }

    @Test("A signature under a trusted name and another ID, or the reverse, is ignored")
    func nameAndID() throws {
        let log = try Keys.log()
        let good = try log.sign("text\n")
        let otherName = try #require(
            NoteSignature(name: KeyName("x")!, keyID: good.keyID, bytes: [1]))
        let otherID = try #require(NoteSignature(name: good.name, keyID: KeyID(1), bytes: [1]))
        let note = try SignedNote(text: "text\n", signatures: [otherName, good, otherID])
        #expect(try note.verify(with: [log.verifierKey]).count == 1)
    }

    @Test("Two trusted keys with one name and ID are refused, the same key twice is not")
    func ambiguousKey() throws {
        // Found by trying: their IDs are both 8deb5fd0.
        let keys = try [5_569, 32_734].map { number in
            try NoteVerifierKey(
                name: #require(KeyName("a")), type: .ed25519,
                publicKey: [0, 0, UInt8(number >> 8), UInt8(number & 0xFF)]
                    + Array(repeating: 0, count: 28))
        }
        #expect(keys.map(\.id.hexadecimal) == ["8deb5fd0", "8deb5fd0"])
        let log = try Keys.log()
        let note = try SignedNote(text: "text\n", signatures: [log.sign("text\n")])
        #expect(throws: NoteError.ambiguousKey(keys[1].name, keys[1].id)) {
            try note.verify(with: keys + [log.verifierKey])
        }
        let twice = [log.verifierKey, log.verifierKey]
        #expect(try note.verify(with: twice).count == 1)
    }

    @Test("A wrong signature of a trusted key refuses the note, even beside a right one")
    func wrongSignature() throws {
        let log = try Keys.log()
        let good = try log.sign("text\n")
        let other = try log.sign("test\n").bytes
        for bytes in [other, [1], good.bytes + [0], Array(good.bytes.dropLast())] {
            let bad = try #require(
                NoteSignature(name: good.name, keyID: good.keyID, bytes: bytes))
            for signatures in [[bad], [good, bad], [bad, good]] {
                let note = try SignedNote(text: "text\n", signatures: signatures)
                #expect(throws: NoteError.wrongSignature(good.name, good.keyID)) {
                    try note.verify(with: [log.verifierKey])
                }
            }
        }
    }

    @Test("A key that signed twice is one signer, and its latest time counts")
    func signedTwice() throws {
        let (log, witness) = (try Keys.log(), try Keys.witness(1))
        var note = try SignedNote(
            text: "text\n", signatures: [log.sign("text\n"), log.sign("text\n")])
        for timestamp: UInt64 in [5, 9, 7] {
            try note.add(witness.sign("text\n", timestamp: timestamp))
        }
        let signers = try note.verify(with: [log.verifierKey, witness.verifierKey])
        #expect(signers.map(\.key) == [log.verifierKey, witness.verifierKey])
        #expect(signers.map(\.timestamp) == [nil, 9])
    }

    @Test("A cosignature signs its time, a line that says what it is, and the text")
    func cosignature() throws {
        let witness = try Keys.witness(1)
        let signature = try witness.sign("text\n", timestamp: 0x0102_0304)
        #expect(signature.bytes.count == 72)
        #expect(signature.bytes.prefix(8) == [0, 0, 0, 0, 1, 2, 3, 4])
        // The same key, used as if it signed plain notes, signs that message the same.
        let plain = try Keys.signing("witness.example/1", seed: 101)
        let message = "cosignature/v1\ntime 16909060\ntext\n"
        #expect(try plain.sign(message).bytes == Array(signature.bytes.dropFirst(8)))
        #expect(plain.verifierKey.id != witness.verifierKey.id)
        var moved = signature.bytes
        moved[7] += 1
        let note = try SignedNote(
            text: "text\n",
            signatures: [
                #require(
                    NoteSignature(name: signature.name, keyID: signature.keyID, bytes: moved))
            ])
        #expect(throws: NoteError.wrongSignature(signature.name, signature.keyID)) {
            try note.verify(with: [witness.verifierKey])
        }
    }

    @Test("A cosignature's time is at most 2^63 − 1")
    func timestamps() throws {
        let witness = try Keys.witness(1)
        #expect(throws: NoteSigningError.timestampMissing) { try witness.sign("text\n") }
        #expect(throws: NoteSigningError.timestampOutOfRange) {
            try witness.sign("text\n", timestamp: 1 << 63)
        }
        let signature = try witness.sign("text\n", timestamp: 1 << 63 - 1)
        let note = try SignedNote(text: "text\n", signatures: [signature])
        #expect(try note.verify(with: [witness.verifierKey])[0].timestamp == UInt64(Int64.max))
        // Signed by hand, since this library does not sign it.
        let plain = try Keys.signing("witness.example/1", seed: 101)
        let late = try plain.sign("cosignature/v1\ntime 9223372036854775808\ntext\n").bytes
        let forged = try #require(
            NoteSignature(
                name: signature.name, keyID: signature.keyID,
                bytes: [0x80, 0, 0, 0, 0, 0, 0, 0] + late))
        #expect(throws: NoteError.wrongSignature(signature.name, signature.keyID)) {
            try SignedNote(text: "text\n", signatures: [forged]).verify(with: [witness.verifierKey])
        }
    }

    @Test("Signatures are deterministic")
    func deterministic() throws {
        let key = try Keys.log()
        #expect(try Set((0..<20).map { _ in try key.sign("text\n") }).count == 1)
    }

    @Test("A verifier key is read only as it is written")
    func manglings() throws {
        let bytes = Array(NoteTests.key.utf8)
        for start in 0...bytes.count {
            for end in start...bytes.count where end - start < bytes.count {
                let text = String(decoding: bytes[start..<end], as: UTF8.self)
                #expect(throws: NoteKeyError.self, "\(text)") { try NoteVerifierKey(text) }
            }
        }
        for bit in 0..<bytes.count * 8 {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            let text = String(decoding: flipped, as: UTF8.self)
            #expect(throws: NoteKeyError.self, "\(text)") { try NoteVerifierKey(text) }
        }
    }

    /// The first three are those of golang.org/x/mod, `sumdb/note/note_test.go`.
    @Test(
        "A verifier key of a wrong length, an unknown type or another ID says so",
        arguments: [
            ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", nil),
            (
                "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
                .malformed
            ),
            (
                "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
                .unknownType(0x65)
            ),
            ("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10Q=", .wrongKeyLength),
            ("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .wrongID),
            ("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", .wrongID),
            ("PeterNeumann+c74f20a3+", .malformed), ("+c74f20a3+AQ==", .malformed),
        ] as [(String, NoteKeyError?)]
    )
    func refusedKeys(text: String, error: NoteKeyError?) throws {
        if let error {
            #expect(throws: error) { try NoteVerifierKey(text) }
        } else {
            #expect(try NoteVerifierKey(text).text == text)
        }
    }

    @Test("A seed has 32 bytes", arguments: [0, 31, 33, 64])
    func seedLength(count: Int) throws {
        let name = try #require(KeyName("a"))
        #expect(throws: NoteKeyError.wrongKeyLength) {
            try NoteSigningKey(name: name, seed: Array(repeating: 1, count: count))
        }
    }

    @Test("Names that only look alike are different names")
    func names() {
        #expect(KeyName("caf\u{e9}") != KeyName("cafe\u{301}"))
        #expect(KeyName("café") == KeyName("café"))
        for text in ["", "a b", "a+b", "a\n", "a\u{85}", "a\u{2028}", "\u{3000}", "a\0", "\t"] {
            #expect(KeyName(text) == nil)
        }
    }
}
