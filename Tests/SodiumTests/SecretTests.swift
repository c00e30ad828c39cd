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

    @Test("Secrets that share pages are wiped as they go, and any number of any length is held")
    func sharedMemory() throws {
        for _ in 0..<3 {
            _ = try SecretBytes(count: 128, in: .shared) { buffer in
                #expect(buffer.allSatisfy { $0 == 0 }, "what was here before is still here")
                buffer.initializeMemory(as: UInt8.self, repeating: 0xAB)
            }
        }
        #expect(throws: CancellationError.self) {
            _ = try SecretBytes(count: 128, in: .shared) { buffer in
                buffer.initializeMemory(as: UInt8.self, repeating: 0xAB)
                throw CancellationError()
            }
        }
        _ = try SecretBytes(count: 128, in: .shared) { buffer in
            #expect(buffer.allSatisfy { $0 == 0 }, "what failed to be made is still here")
        }
        // More than there are cells, each held while the next ones are made.
        try Self.hold(600)
        for count in [0, 1, 127, 129, 5_000] {
            var bytes = [UInt8](repeating: 7, count: count)
            let expected = bytes
            let secret = try SecretBytes(count: count, in: .shared) { $0.copyBytes(from: bytes) }
            Sodium.wipe(&bytes)
            let held = secret.withUnsafeBytes { Array($0) }
            #expect(held == expected)
        }
    }

    private static func hold(_ count: Int) throws {
        guard count > 0 else { return }
        let secret = try SecretBytes(count: 32, in: .shared) {
            $0.initializeMemory(as: UInt8.self, repeating: UInt8(truncatingIfNeeded: count))
        }
        try Self.hold(count - 1)
        let isWhole = secret.withUnsafeBytes {
            $0.allSatisfy { $0 == UInt8(truncatingIfNeeded: count) }
        }
        #expect(isWhole, "secret \(count) was overwritten")
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
