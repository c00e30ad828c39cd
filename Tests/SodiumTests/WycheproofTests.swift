import Foundation
import Testing

@testable import Sodium

/// Cases of Google's Wycheproof, read from the folder that `STEWARD_TEST_VECTORS` names.
@Suite(
    "Cases of Wycheproof",
    .enabled(
        if: Wycheproof.folder != nil,
        "STEWARD_TEST_VECTORS names no folder: Wycheproof's cases aren't tested")
)
struct WycheproofTests {
    private struct Agreement: Decodable {
        var `public`: String
        var `private`: String
        var shared: String
        var flags: [String]
    }

    private struct Signed: Decodable {
        var msg: String
        var sig: String
        var result: String
    }

    private struct Encrypted: Decodable {
        var key: String
        var iv: String
        var aad: String
        var msg: String
        var ct: String
        var tag: String
        var result: String
    }

    @Test("X25519 agrees as it should, and points of low order are refused, also to be sealed to")
    func agreement() throws {
        var (agreed, refused) = (0, 0)
        for group in try Wycheproof.groups("x25519", of: Agreement.self) {
            for test in group.tests {
                var secret = bytes(test.private)
                let pair = try BoxKeyPair(secretKey: try SecretBytes(taking: &secret))
                let other = bytes(test.public)
                guard test.flags.contains("ZeroSharedSecret") else {
                    let shared = try pair.agreement(with: try BoxPublicKey(other))
                    #expect(shared.withUnsafeBytes { Array($0) } == bytes(test.shared))
                    agreed += 1
                    continue
                }
                #expect(throws: SodiumError.unusablePublicKey) { try BoxPublicKey(other) }
                expectRefused { _ = try pair.agreement(with: BoxPublicKey(unchecked: other)) }
                expectRefused {
                    let value = try SecretBytes(random: 64)
                    _ = try SealedBox(sealing: value, to: BoxPublicKey(unchecked: other))
                }
                refused += 1
            }
        }
        #expect(agreed == 487 && refused == 31)
    }

    @Test("Ed25519 verifies what was signed and nothing else")
    func signatures() throws {
        var (held, refused) = (0, 0)
        for group in try Wycheproof.groups("ed25519", of: Signed.self) {
            let key = try SignatureKey(bytes(try #require(group.publicKey).pk))
            for test in group.tests {
                let holds = key.verifies(bytes(test.sig), of: bytes(test.msg))
                #expect(holds == (test.result == "valid"))
                if holds { held += 1 } else { refused += 1 }
            }
        }
        #expect(held == 88 && refused == 63)
    }

    @Test("XChaCha20-Poly1305 seals and opens what it should, and opens nothing else")
    func encryption() throws {
        var (opened, refused) = (0, 0)
        for test in try Wycheproof.groups("xchacha20_poly1305", of: Encrypted.self)
            .flatMap(\.tests)
        {
            var key = bytes(test.key)
            let secret = try SecretBytes(taking: &key)
            let sealed = SealedValue(bytes: bytes(test.iv) + bytes(test.ct) + bytes(test.tag))
            guard test.result == "valid" else {
                expectBroken { _ = try sealed.opened(with: secret, context: bytes(test.aad)) }
                expectBroken { _ = try sealed.openedSecret(with: secret, context: bytes(test.aad)) }
                refused += 1
                continue
            }
            let message = bytes(test.msg)
            #expect(try sealed.opened(with: secret, context: bytes(test.aad)) == message)
            let value = try sealed.openedSecret(with: secret, context: bytes(test.aad))
            #expect(value.withUnsafeBytes { Array($0) } == message)
            let again = try message.withUnsafeBytes {
                try SealedValue(
                    sealing: $0, key: secret, context: bytes(test.aad), nonce: bytes(test.iv))
            }
            #expect(again == sealed)
            opened += 1
        }
        #expect(opened == 246 && refused == 69)
    }

    private func expectRefused(_ body: () throws -> Void) {
        #expect(throws: SodiumError.unusablePublicKey) { try body() }
    }

    private func expectBroken(_ body: () throws -> Void) {
        #expect(throws: SodiumError.sealBroken) { try body() }
    }
}

private enum Wycheproof {
    static let folder = ProcessInfo.processInfo.environment["STEWARD_TEST_VECTORS"]

    struct PublicKey: Decodable { var pk: String }

    struct Group<Test: Decodable>: Decodable {
        var publicKey: PublicKey?
        var tests: [Test]
    }

    private struct File<Test: Decodable>: Decodable { var testGroups: [Group<Test>] }

    static func groups<T: Decodable>(_ name: String, of type: T.Type) throws -> [Group<T>] {
        let path = try #require(Self.folder) + "/wycheproof/\(name)_test.json"
        let data = try Data(contentsOf: URL(filePath: path))
        return try JSONDecoder().decode(File<T>.self, from: data).testGroups
    }
}
