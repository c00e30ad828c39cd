import Foundation
import SecretFormat
import Sodium
import Testing

/// What a vault releases is for one reader and one request, and signed.
@Suite struct ReleaseTests {
    @Test func `another reader does not open it, nor the same one for another request`() throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        let reader = try ReaderKeyPair()
        let other = try ReaderKeyPair()
        let reply = try vault.release(version, to: reader)
        #expect(refusal { _ = try other.open(reply) } == .otherRequest)
        let relabelled = ReleasedSecret(
            version: reply.version, key: reply.key, requestID: other.requestID,
            readerID: reply.readerID)
        #expect(refusal { _ = try other.open(relabelled) } == .wrongSignature)
        #expect(refusal { _ = try reader.open(relabelled) } == .otherRequest)
    }

    @Test func `every part of the reply is signed`() throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        let reader = try ReaderKeyPair()
        let reply = try vault.release(version, to: reader)
        func changed(_ bytes: [UInt8]) -> [UInt8] { [bytes[0] ^ 1] + bytes.dropFirst() }
        func altered(
            ciphertext: [UInt8]? = nil, commitment: [UInt8]? = nil, box: [UInt8]? = nil,
            signature: [UInt8]? = nil, readerID: String? = nil
        ) -> ReleasedSecret {
            ReleasedSecret(
                version: .init(
                    context: version.context, ciphertext: ciphertext ?? version.ciphertext,
                    commitment: commitment ?? version.commitment),
                key: ReleasedKey(
                    box: box ?? reply.key.box, identity: reply.key.identity,
                    signature: signature ?? reply.key.signature),
                requestID: reply.requestID, readerID: readerID ?? reply.readerID)
        }
        #expect(refusal { _ = try reader.open(altered()) } == nil)
        let forged = [
            altered(ciphertext: changed(version.ciphertext)),
            altered(commitment: changed(version.commitment)), altered(box: changed(reply.key.box)),
            altered(signature: changed(reply.key.signature)), altered(signature: []),
            altered(readerID: "bert"),
        ]
        for forgery in forged {
            #expect(refusal { _ = try reader.open(forgery) } == .wrongSignature)
        }
        for (name, change) in contextChanges {
            var context = version.context
            change(&context)
            let moved = ReleasedSecret(
                version: .init(
                    context: context, ciphertext: version.ciphertext,
                    commitment: version.commitment),
                key: reply.key, requestID: reply.requestID, readerID: reply.readerID)
            #expect(refusal { _ = try reader.open(moved) } == .wrongSignature, "\(name)")
        }
    }

    @Test func `a vault of another identity is told from the one expected`() throws {
        let vault = try TestVault()
        let other = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        let reader = try ReaderKeyPair()
        let reply = try vault.release(version, to: reader)
        let expected = other.sealingKey.identity
        #expect(refusal { _ = try reader.open(reply, identity: expected) } == .otherVault)
        #expect(
            refusal { _ = try vault.sealingKey.check(identity: expected) } == .otherVault)
        let context = vault.context()
        let error = refusal {
            _ = try SealedVersion(
                sealing: try secret("x"), as: context, with: other.sealingKey)
        }
        #expect(error == .otherVault)
    }

    @Test func `a sealing key that the vault has not signed is not sealed to`() throws {
        let vault = try TestVault()
        let genuine = vault.sealingKey
        let foreign = try BoxKeyPair()
        let forged = [
            SealingKey(
                vaultID: genuine.vaultID, number: 1, publicKey: foreign.publicKey.bytes,
                identity: genuine.identity, signature: genuine.signature),
            SealingKey(
                vaultID: genuine.vaultID, number: 2, publicKey: genuine.publicKey,
                identity: genuine.identity, signature: genuine.signature),
            SealingKey(
                vaultID: UUID(), number: 1, publicKey: genuine.publicKey,
                identity: genuine.identity, signature: genuine.signature),
        ]
        for key in forged {
            #expect(refusal { _ = try key.check(identity: nil) } == .wrongSignature)
        }
        #expect(try genuine.check(identity: nil).bytes == genuine.publicKey)
        #expect(genuine.identifier == Array(Sodium.blake2b(genuine.publicKey).prefix(16)))
    }

    @Test func `nothing is released to a key of low order, or without a request`() throws {
        let vault = try TestVault()
        let version = try vault.seal("secret", as: vault.context())
        let dataKey = try vault.dataKey(version, as: version.context)
        func release(_ publicKey: [UInt8], _ requestID: [UInt8]) throws -> ReleasedKey {
            try Release(
                context: version.context, commitment: version.commitment,
                ciphertextHash: SealedVersion.hash(ofCiphertext: version.ciphertext),
                reader: Release.Reader(
                    publicKey: try BoxPublicKey(publicKey), requestID: requestID, readerID: "")
            ).released(dataKey, signedBy: vault.identity)
        }
        let request = [UInt8](repeating: 1, count: 16)
        for first: UInt8 in [0, 1] {
            let point = [first] + [UInt8](repeating: 0, count: 31)
            #expect(throws: SodiumError.unusablePublicKey) { try release(point, request) }
        }
        let reader = try ReaderKeyPair()
        #expect(refusal { _ = try release(reader.publicKey.bytes, []) } == .malformed("request id"))
        _ = try release(reader.publicKey.bytes, request)
    }
}
