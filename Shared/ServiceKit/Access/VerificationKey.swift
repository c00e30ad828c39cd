package import IdentityAPI
internal import JWTKit
internal import Sodium

/// A public key of identity's, ready to verify tokens with.
package struct VerificationKey: Sendable {
    /// The token header's `kid`.
    package let id: String
    private let publicKey: EdDSA.PublicKey

    /// The longest `kid` that is accepted, in bytes.
    static let idByteCountLimit = 64

    /// Takes a key as identity sends it; `nil` if it is no Ed25519 key of full order.
    package init?(_ key: SigningKey) {
        let bytes = [UInt8](key.publicKey)
        guard (1...Self.idByteCountLimit).contains(key.id.utf8.count),
            Sodium.isValidEd25519PublicKey(bytes),
            // A key that jwt-kit cannot read verifies nothing, like one that was never sent.
            let publicKey = try? EdDSA.PublicKey(x: Base64URL.encode(bytes), curve: .ed25519)
        else { return nil }
        self.id = key.id
        self.publicKey = publicKey
    }

    /// Verifies a token's signature with this key and reads its claims.
    ///
    /// - Throws: an error of jwt-kit's if the signature is wrong or the claims are malformed.
    func verify(_ token: String) async throws -> AccessTokenClaims {
        // jwt-kit's collection is an actor; one that lives for this token keeps the key a value.
        let keys = JWTKeyCollection()
        await keys.add(eddsa: self.publicKey, kid: JWKIdentifier(string: self.id))
        return try await keys.verify(token, as: AccessTokenClaims.self)
    }
}
