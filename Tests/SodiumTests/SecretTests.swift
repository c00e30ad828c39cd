import Sodium
import Testing

@Suite("Secrets and sealed values")
struct SecretTests {
    @Test("A secret holds what it was made from, and the source is wiped")
    func taking() throws {
        var source: [UInt8] = [1, 2, 3, 4]
        let secret = try SecretBytes(taking: &source)
        #expect(source == [0, 0, 0, 0])
        let held = secret.withUnsafeBytes { Array($0) }
        #expect(held == [1, 2, 3, 4])
    }

    @Test("Random secrets differ, and a secret equals a copy of itself")
    func equality() throws {
        let first = try SecretBytes(random: 32)
        let second = try SecretBytes(random: 32)
        var copied = first.withUnsafeBytes { Array($0) }
        let copy = try SecretBytes(taking: &copied)
        let (isOther, isSame) = (first.equals(second), first.equals(copy))
        #expect(!isOther)
        #expect(isSame)
    }

    @Test("A secret whose filling fails is no secret, and the error arrives")
    func failedFilling() {
        struct Failure: Error {}
        #expect(throws: Failure.self) { _ = try SecretBytes(count: 8) { _ in throw Failure() } }
    }

    @Test("Keys derived for different purposes or from different material are unrelated")
    func derivation() throws {
        let material = Sodium.randomBytes(32)
        func derive(_ material: [UInt8], _ label: String) throws -> [UInt8] {
            try SecretBytes(derivedFrom: material, label: label).withUnsafeBytes { Array($0) }
        }
        let key = try derive(material, "a")
        #expect(key.count == 32)
        #expect(try key == derive(material, "a"))
        #expect(try key != derive(material, "b"))
        #expect(try key != derive(Sodium.randomBytes(32), "a"))
    }

    @Test("A sealed value opens with its key in its context", arguments: [0, 1, 16, 1_000])
    func roundTrip(byteCount: Int) throws {
        let key = try SecretBytes(random: SealedValue.keyByteCount)
        let plaintext = Sodium.randomBytes(byteCount)
        let sealed = try SealedValue(sealing: plaintext, key: key, context: [7])
        #expect(sealed.bytes.count == byteCount + SealedValue.overheadByteCount)
        let opened = try SealedValue(bytes: sealed.bytes).opened(with: key, context: [7])
        #expect(opened == plaintext)
    }

    @Test("The same value sealed twice looks different")
    func nonces() throws {
        let key = try SecretBytes(random: SealedValue.keyByteCount)
        let first = try SealedValue(sealing: [1], key: key, context: [])
        let second = try SealedValue(sealing: [1], key: key, context: [])
        #expect(first != second)
    }

    @Test("A sealed value with any bit changed, in another context, or with another key stays shut")
    func tampering() throws {
        let key = try SecretBytes(random: SealedValue.keyByteCount)
        let other = try SecretBytes(random: SealedValue.keyByteCount)
        let sealed = try SealedValue(sealing: [1, 2, 3], key: key, context: [7])
        for index in sealed.bytes.indices {
            var changed = sealed.bytes
            changed[index] ^= 1
            expectBroken { try SealedValue(bytes: changed).opened(with: key, context: [7]) }
        }
        for count in 0..<sealed.bytes.count {
            let cut = SealedValue(bytes: Array(sealed.bytes.prefix(count)))
            expectBroken { try cut.opened(with: key, context: [7]) }
        }
        expectBroken { try sealed.opened(with: key, context: [8]) }
        expectBroken { try sealed.opened(with: other, context: [7]) }
    }

    @Test("A key of the wrong length is refused by name")
    func keyLength() throws {
        let short = try SecretBytes(random: 31)
        let error = SodiumError.invalidKeyLength(byteCount: 31, expected: 32)
        var thrown: SodiumError?
        do {
            _ = try SealedValue(sealing: [], key: short, context: [])
        } catch let error as SodiumError {
            thrown = error
        }
        #expect(thrown == error)
    }

    private func expectBroken(_ open: () throws -> [UInt8]) {
        #expect(throws: SodiumError.sealBroken) { try open() }
    }
}
