import Testing

@testable import Sodium

@Suite("Sealed boxes, signatures and keyed hashes")
struct BoxTests {
    @Test("A box opens for the holder of the key and for nobody else", arguments: [0, 1, 64, 5_000])
    func roundTrip(byteCount: Int) throws {
        let pair = try BoxKeyPair()
        let other = try BoxKeyPair()
        let secret = try SecretBytes(random: byteCount)
        let box = try SealedBox(sealing: secret, to: pair.publicKey)
        #expect(box.bytes.count == byteCount + SealedBox.overheadByteCount)
        let opened = try SealedBox(bytes: box.bytes).opened(with: pair)
        let isSame = opened.equals(secret)
        #expect(isSame)
        expectBroken { _ = try box.opened(with: other) }
    }

    @Test("A box with any byte changed, or cut anywhere, stays shut")
    func tampering() throws {
        let pair = try BoxKeyPair()
        let box = try SealedBox(sealing: try SecretBytes(random: 64), to: pair.publicKey).bytes
        for index in box.indices {
            var changed = box
            changed[index] ^= 1
            expectBroken { _ = try SealedBox(bytes: changed).opened(with: pair) }
            expectBroken {
                _ = try SealedBox(bytes: Array(box.prefix(index))).opened(with: pair)
            }
        }
    }

    @Test("A point of low order is no public key, and nothing is sealed to one")
    func lowOrder() throws {
        // 0, 1, the two points of order 8, and p − 1, p and p + 1 for the field's prime p.
        let last = "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"
        let points = [
            String(repeating: "00", count: 32), "01" + String(repeating: "00", count: 31),
            "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
            "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
            "ecff" + last, "edff" + last, "eeff" + last,
        ]
        let secret = try SecretBytes(random: 32)
        for point in points.map(bytes) {
            #expect(point.count == 32)
            #expect(throws: SodiumError.unusablePublicKey) { try BoxPublicKey(point) }
            var box: SealedBox?
            do {
                box = try SealedBox(sealing: secret, to: BoxPublicKey(unchecked: point))
            } catch SodiumError.unusablePublicKey {}
            #expect(box == nil)
        }
        #expect(throws: SodiumError.invalidKeyLength(byteCount: 31, expected: 32)) {
            try BoxPublicKey([UInt8](repeating: 9, count: 31))
        }
    }

    @Test("Keys and signatures are those of RFC 7748 and RFC 8032")
    func publishedKeys() throws {
        var secret = bytes("77076d0a7318a57d3c16c17251b26645df4c2f87ebc0992ab177fba51db92c2a")
        let pair = try BoxKeyPair(secretKey: try SecretBytes(taking: &secret))
        #expect(
            hexadecimal(pair.publicKey.bytes)
                == "8520f0098930a754748b7ddcb43ef75a0dbf3a0d26381af4eba4a98eaa9b4e6a")
        var seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
        let signer = try SigningKeyPair(seed: try SecretBytes(taking: &seed))
        #expect(
            hexadecimal(signer.publicKey.bytes)
                == "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let signature = signer.signature(of: [])
        #expect(hexadecimal(signature).hasPrefix("e5564300c360ac729086e2cc806e828a84877f1e"))
        #expect(signer.publicKey.verifies(signature, of: []))
        #expect(!signer.publicKey.verifies(signature, of: [0]))
        #expect(!signer.publicKey.verifies(Array(signature.dropLast()), of: []))
    }

    @Test("BLAKE2b-256 gives its known digest, and keyed codes differ by key, message and length")
    func keyedHashes() throws {
        #expect(
            hexadecimal(Sodium.blake2b([]))
                == "0e5751c026e543b2e8ab2eb06099daa1d1e5df47778f7787faab45cdf12fe3a8")
        let key = try SecretBytes(random: 32)
        let other = try SecretBytes(random: 32)
        let code = try KeyedHash.code(of: [1], key: key)
        #expect(code.count == 32)
        #expect(try KeyedHash.isCode(code, of: [1], key: key))
        #expect(try !KeyedHash.isCode(code, of: [2], key: key))
        #expect(try !KeyedHash.isCode(code, of: [1], key: other))
        let short = try KeyedHash.code(of: [1], key: key, byteCount: 16)
        #expect(short != Array(code.prefix(16)))
        let derived = try KeyedHash.key(from: key, for: [1])
        #expect(derived.withUnsafeBytes { Array($0) } == code)
        expectLength { _ = try KeyedHash.code(of: [], key: try SecretBytes(random: 15)) }
        expectLength { _ = try KeyedHash.code(of: [], key: try SecretBytes(random: 65)) }
    }

    private func expectBroken(_ body: () throws -> Void) {
        #expect(throws: SodiumError.sealBroken) { try body() }
    }

    private func expectLength(_ body: () throws -> Void) {
        #expect(throws: SodiumError.self) { try body() }
    }
}

@Suite("Memory of secrets")
struct SecretMemoryTests {
    @Test("Taking a secret over wipes the very memory where it was")
    func takingLeavesNoCopy() throws {
        var source = [UInt8](repeating: 7, count: 4_000)
        let place = source.withUnsafeBytes { $0.baseAddress }
        let secret = try SecretBytes(taking: &source)
        #expect(source.withUnsafeBytes { $0.baseAddress } == place)
        #expect(source.allSatisfy { $0 == 0 })
        #expect(secret.withUnsafeBytes { $0.allSatisfy { $0 == 7 } })
    }

    @Test("Padding takes a secret to the next multiple, and off again", arguments: [1, 16, 4_096])
    func padding(block: Int) throws {
        for count in [0, 1, block - 1, block, block + 1, 3 * block] {
            let secret = try SecretBytes(random: count)
            let padded = try secret.padded(toMultipleOf: block)
            #expect(padded.count == (count / block + 1) * block)
            let back = try padded.unpadded(fromMultipleOf: block)
            let isSame = back.equals(secret)
            #expect(isSame)
        }
    }

    @Test("What was not padded has no padding to take off")
    func noPadding() throws {
        for content in [[], [UInt8](repeating: 0, count: 16), [UInt8](repeating: 1, count: 15)] {
            var content = content
            let secret = try SecretBytes(taking: &content)
            var isRefused = false
            do {
                _ = try secret.unpadded(fromMultipleOf: 16)
            } catch SodiumError.paddingBroken {
                isRefused = true
            }
            #expect(isRefused)
        }
    }

    @Test("A secret is sealed from its own memory into its own memory", arguments: [0, 1, 5_000])
    func sealing(byteCount: Int) throws {
        let key = try SecretBytes(random: 32)
        let secret = try SecretBytes(random: byteCount)
        let sealed = try SealedValue(sealing: secret, key: key, context: [7])
        let opened = try sealed.openedSecret(with: key, context: [7])
        let isSame = opened.equals(secret)
        #expect(isSame)
        #expect(throws: SodiumError.sealBroken) {
            _ = try sealed.openedSecret(with: key, context: [8])
        }
    }

    @Test("Memory can be locked here, and once it is asked for every secret is")
    func locking() throws {
        try MemoryLocking.require()
        #expect(MemoryLocking.isRequired)
        _ = try SecretBytes(random: 32)
    }
}
