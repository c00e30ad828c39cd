import Foundation
import SecretFormat
import Sodium
import Testing

/// What belongs together opens together, and nothing else.
@Suite struct SealedVersionTests {
    @Test(arguments: ["", "x", "hunter2", String(repeating: "k", count: 65_536)])
    func `a value comes to a reader as it was sealed`(value: String) throws {
        let vault = try TestVault()
        let version = try vault.seal(value, as: vault.context())
        let reader = try ReaderKeyPair()
        let opened = try reader.open(
            try vault.release(version, to: reader), identity: vault.sealingKey.identity)
        #expect(text(opened) == value)
    }

    @Test func `the context's bytes are fixed, and each field is in them`() throws {
        let id = try #require(UUID(uuidString: "00112233-4455-6677-8899-aabbccddeeff"))
        let context = SecretContext(
            vaultID: id, ownerID: id, secretID: id, version: 258, secretType: "api_key",
            producer: "p")
        let digits = "5000112233445566778899aabbccddeeff"
        #expect(
            hexadecimal(context.canonicalBytes)
                == "88" + "7818" + hexadecimal(Array("steward.vault.context.v1".utf8)) + "01"
                + digits + digits + digits + "190102" + "676170695f6b6579" + "6170")
        #expect(context.hash == Sodium.blake2b(context.canonicalBytes))
        for (name, change) in contextChanges {
            var changed = context
            change(&changed)
            #expect(changed.canonicalBytes != context.canonicalBytes, "\(name)")
        }
    }

    @Test(arguments: contextChanges.indices)
    func `a box in another place is not opened`(index: Int) throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        var other = version.context
        contextChanges[index].1(&other)
        #expect(refusal { _ = try vault.dataKey(version, as: other) } == .otherContext)
    }

    @Test(arguments: contextChanges.indices)
    func `a value in another place is not opened, even with its data key`(index: Int) throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        var other = version.context
        contextChanges[index].1(&other)
        // Somebody with the vault's keys who moves everything but what the producer made.
        let dataKey = try vault.dataKey(version, as: version.context)
        let reader = try ReaderKeyPair()
        let commitments = [version.commitment, try dataKey.commitment(contextHash: other.hash)]
        for commitment in commitments {
            let release = Release(
                context: other, commitment: commitment,
                ciphertextHash: SealedVersion.hash(ofCiphertext: version.ciphertext),
                reader: Release.Reader(
                    publicKey: reader.publicKey, requestID: reader.requestID, readerID: ""))
            guard commitment != version.commitment else {
                let error = refusal {
                    _ = try release.released(dataKey, signedBy: vault.identity)
                }
                #expect(error == .otherKey)
                continue
            }
            let reply = ReleasedSecret(
                version: .init(
                    context: other, ciphertext: version.ciphertext, commitment: commitment),
                key: try release.released(dataKey, signedBy: vault.identity),
                requestID: reader.requestID, readerID: "")
            #expect(refusal { _ = try reader.open(reply) } == .broken)
        }
    }

    @Test func `ciphertexts of two versions are not exchanged`() throws {
        let vault = try TestVault()
        let first = try vault.seal("old", as: vault.context())
        var next = first.context
        next.version = 2
        let second = try vault.seal("new", as: next)
        let reader = try ReaderKeyPair()
        let mixed = try SealedVersion(
            context: first.context, keyID: first.keyID, sealedKey: first.sealedKey,
            ciphertext: second.ciphertext, commitment: first.commitment)
        let reply = try vault.release(mixed, to: reader)
        #expect(refusal { _ = try reader.open(reply) } == .broken)
        let crossed = try SealedVersion(
            context: first.context, keyID: first.keyID, sealedKey: second.sealedKey,
            ciphertext: second.ciphertext, commitment: second.commitment)
        #expect(refusal { _ = try vault.release(crossed, to: reader) } == .otherContext)
    }

    @Test func `a box with the right data key and another hash is refused`() throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        let dataKey = try vault.dataKey(version, as: version.context)
        let box = try dataKey.box(to: vault.epoch.publicKey, boundTo: version.context.hash)
        let forged = try SealedVersion(
            context: version.context, keyID: version.keyID, sealedKey: box,
            ciphertext: version.ciphertext, commitment: version.commitment)
        #expect(refusal { _ = try vault.dataKey(forged, as: version.context) } == .otherContext)
    }

    @Test func `another data key does not pass for the one committed to`() throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        let other = try DataKey()
        let box = try other.box(
            to: vault.epoch.publicKey, boundTo: version.context.boxHash(keyID: version.keyID))
        let forged = try SealedVersion(
            context: version.context, keyID: version.keyID, sealedKey: box,
            ciphertext: version.ciphertext, commitment: version.commitment)
        let reader = try ReaderKeyPair()
        #expect(refusal { _ = try vault.release(forged, to: reader) } == .otherKey)
    }

    @Test(arguments: [0, 1, 47, 111, 113, 1 << 20])
    func `parts of another length are refused before anything is opened`(byteCount: Int) throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        let bytes = [UInt8](repeating: 1, count: byteCount)
        func rebuilt(
            keyID: [UInt8]? = nil, sealedKey: [UInt8]? = nil, ciphertext: [UInt8]? = nil,
            commitment: [UInt8]? = nil
        ) -> SecretFormatError? {
            refusal {
                _ = try SealedVersion(
                    context: version.context, keyID: keyID ?? version.keyID,
                    sealedKey: sealedKey ?? version.sealedKey,
                    ciphertext: ciphertext ?? version.ciphertext,
                    commitment: commitment ?? version.commitment)
            }
        }
        #expect(rebuilt() == nil)
        #expect(rebuilt(keyID: bytes) == .malformed("key id"))
        #expect(rebuilt(sealedKey: bytes) == .malformed("sealed key"))
        #expect(rebuilt(ciphertext: bytes) == .malformed("ciphertext"))
        #expect(rebuilt(commitment: bytes) == .malformed("commitment"))
    }

    @Test(arguments: [(0, 64), (63, 64), (64, 256), (255, 256), (256, 1_024), (1_023, 1_024)])
    func `a ciphertext tells the size of a value only roughly`(count: Int, padded: Int) throws {
        try expectLength(count, padded)
    }

    @Test(arguments: [(1_024, 4_096), (4_095, 4_096), (4_096, 8_192), (65_536, 69_632)])
    func `long values are padded to whole pages`(count: Int, padded: Int) throws {
        try expectLength(count, padded)
    }

    @Test func `a value above the limit is not sealed`() throws {
        let vault = try TestVault()
        let long = String(repeating: "k", count: 65_537)
        #expect(
            refusal { _ = try vault.seal(long, as: vault.context()) }
                == .valueTooLong(byteCount: 65_537))
    }

    @Test func `ten thousand seals of one value have nothing in common`() throws {
        let vault = try TestVault()
        let context = vault.context()
        var nonces: Set<[UInt8]> = []
        let key = try SecretBytes(random: 32)
        for _ in 0..<10_000 {
            let sealed = try SealedValue(sealing: [1], key: key, context: [])
            nonces.insert(Array(sealed.bytes.prefix(24)))
        }
        #expect(nonces.count == 10_000)
        let (first, second) = (try vault.seal("a", as: context), try vault.seal("a", as: context))
        #expect(first.ciphertext != second.ciphertext && first.sealedKey != second.sealedKey)
        #expect(first.commitment != second.commitment)
    }

    private func expectLength(_ count: Int, _ padded: Int) throws {
        let vault = try TestVault()
        let version = try vault.seal(
            String(repeating: "k", count: count), as: vault.context())
        #expect(version.ciphertext.count == padded + SealedValue.overheadByteCount)
    }
}
