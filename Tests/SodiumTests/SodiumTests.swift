import Sodium
import Testing

@Suite("Hashes and random bytes")
struct HashTests {
    @Test("SHA-256 gives the digests of FIPS 180-4")
    func sha256Vectors() {
        #expect(
            hexadecimal(Sodium.sha256("abc"))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        )
        #expect(
            hexadecimal(Sodium.sha256([]))
                == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        )
    }

    @Test("HMAC-SHA-256 gives the codes of RFC 4231, for short and long keys")
    func hmacVectors() {
        #expect(
            hexadecimal(
                Sodium.hmacSHA256(
                    Array("what do ya want for nothing?".utf8),
                    key: Array("Jefe".utf8)
                )
            )
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        #expect(
            hexadecimal(
                Sodium.hmacSHA256(
                    Array("Test Using Larger Than Block-Size Key - Hash Key First".utf8),
                    key: [UInt8](repeating: 0xAA, count: 131)
                )
            )
                == "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        )
    }

    @Test("Random bytes have the length asked for and do not repeat", arguments: [0, 1, 32, 4_096])
    func randomBytes(count: Int) {
        let bytes = Sodium.randomBytes(count)
        #expect(bytes.count == count)
        if count >= 32 { #expect(bytes != Sodium.randomBytes(count)) }
    }

    @Test("Byte strings are equal only if every byte is")
    func equality() {
        #expect(Sodium.equal([1, 2, 3], [1, 2, 3]))
        #expect(!Sodium.equal([1, 2, 3], [1, 2, 4]))
        #expect(!Sodium.equal([1, 2, 3], [1, 2]))
        #expect(Sodium.equal([], []))
    }

    @Test("Wiped bytes are zero")
    func wipe() {
        var bytes: [UInt8] = [1, 2, 3]
        Sodium.wipe(&bytes)
        #expect(bytes == [0, 0, 0])
    }

    @Test("A public key must be on the curve and of full order")
    func publicKeys() {
        // RFC 8032, section 7.1, test 1.
        let genuine = bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        #expect(Sodium.isValidEd25519PublicKey(genuine))
        // The neutral element, a point of order 8, and a value that is no point.
        let neutral = [1] + [UInt8](repeating: 0, count: 31)
        #expect(!Sodium.isValidEd25519PublicKey(neutral))
        let small = bytes("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")
        #expect(!Sodium.isValidEd25519PublicKey(small))
        #expect(!Sodium.isValidEd25519PublicKey([UInt8](repeating: 0xFF, count: 32)))
        #expect(!Sodium.isValidEd25519PublicKey(Array(genuine.dropLast())))
    }
}

@Suite("Base64 without padding")
struct Base64URLTests {
    @Test(
        "Bytes and text correspond as in RFC 4648",
        arguments: [
            ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"),
            ("fooba", "Zm9vYmE"), ("foobar", "Zm9vYmFy"),
        ]
    )
    func vectors(plain: String, encoded: String) {
        #expect(Base64URL.encode(Array(plain.utf8)) == encoded)
        #expect(Base64URL.decode(encoded) == Array(plain.utf8))
    }

    @Test("The two characters beyond letters and digits are those of the address-safe alphabet")
    func alphabet() {
        #expect(Base64URL.encode([0xFB, 0xFF, 0xFE]) == "-__-")
        #expect(Base64URL.decode("-__-") == [0xFB, 0xFF, 0xFE])
    }

    @Test(
        "Nothing but the one text per byte string is read",
        arguments: [
            "Zg==", "Zm9v\n", " Zm9v", "Zm9v+", "Zm9v/", "Z", "Zm9vY", "Zh", "Zm9", "Zm9vé",
        ]
    )
    func strictness(text: String) {
        #expect(Base64URL.decode(text) == nil)
    }

    @Test("Random bytes come back")
    func roundTrip() {
        for count in 0..<200 {
            let bytes = Sodium.randomBytes(count)
            #expect(Base64URL.decode(Base64URL.encode(bytes)) == bytes)
        }
    }
}

/// Bytes as lower-case hexadecimal digits.
func hexadecimal(_ bytes: [UInt8]) -> String {
    bytes.map { byte in
        let digits = String(byte, radix: 16)
        return digits.count == 1 ? "0\(digits)" : digits
    }.joined()
}

/// Bytes from hexadecimal digits.
func bytes(_ digits: String) -> [UInt8] {
    var result: [UInt8] = []
    var rest = digits[...]
    while let pair = UInt8(rest.prefix(2), radix: 16), !rest.isEmpty {
        result.append(pair)
        rest = rest.dropFirst(2)
    }
    return result
}
