import IdentityAPI
import JWTKit
import ServiceKit
import Sodium

import struct FoundationEssentials.Data

/// A key that signs whatever a test wants, in any form.
struct TestKey {
    private let privateKey: EdDSA.PrivateKey

    init() throws { self.privateKey = try EdDSA.PrivateKey(curve: .ed25519) }

    func published(as id: String) -> SigningKey {
        SigningKey(id: id, publicKey: self.privateKey.publicKey.rawRepresentation)
    }

    /// A token with exactly this header and payload, correctly signed.
    func token(_ header: String, _ payload: [UInt8]) async throws -> String {
        let input = Base64URL.encode(Array(header.utf8)) + "." + Base64URL.encode(payload)
        let keys = JWTKeyCollection()
        await keys.add(eddsa: self.privateKey, kid: "K")
        let signature = try await keys.getKey(for: "K").sign(Data(input.utf8))
        return input + "." + Base64URL.encode(signature)
    }
}
