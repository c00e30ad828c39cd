package import IdentityAPI
internal import JWTKit
package import Sodium

internal import struct FoundationEssentials.Data
internal import class FoundationEssentials.JSONEncoder

/// Signs access tokens; only identity has one.
package struct AccessTokenSigner: Sendable {
    /// The length of the private key (the Ed25519 seed) in bytes.
    package static let seedByteCount = 32

    /// The public half, as it is published to every service.
    package let key: SigningKey
    /// Makes the digests of requests worthless to whoever reads the database.
    ///
    /// It comes of the private key and does not give it away.  Another key makes other digests, so
    /// a call that is repeated across a change of keys is refused rather than done twice.
    package let digestSecret: [UInt8]
    private let keys: JWTKeyCollection

    /// Makes a signer from a private key.
    ///
    /// - Parameter seed: ``seedByteCount`` bytes.  jwt-kit keeps a copy of its own for as long as
    ///   the signer lives.
    /// - Throws: ``SodiumError/invalidKeyLength(byteCount:expected:)``.
    package init(seed: borrowing SecretBytes) async throws {
        guard seed.count == Self.seedByteCount else {
            throw SodiumError.invalidKeyLength(byteCount: seed.count, expected: Self.seedByteCount)
        }
        var copy = seed.withUnsafeBytes { Array($0) }
        defer { Sodium.wipe(&copy) }
        self.digestSecret = Sodium.hmacSHA256(Array("steward request digests".utf8), key: copy)
        let privateKey = try EdDSA.PrivateKey(d: Base64URL.encode(copy), curve: .ed25519)
        let publicKey = privateKey.publicKey.rawRepresentation
        // The key names itself, so that two keys cannot share a name.
        let digest = Sodium.sha256([UInt8](publicKey))
        let id = Base64URL.encode(Array(digest.prefix(12)))
        self.key = SigningKey(id: id, publicKey: publicKey)
        self.keys = JWTKeyCollection()
        // Sorted keys give the header the one form that verifiers accept.
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        await self.keys.add(
            eddsa: privateKey, kid: JWKIdentifier(string: id),
            serializer: DefaultJWTSerializer(jsonEncoder: encoder))
    }

    /// A signed token; about 400 bytes.
    package func sign(_ claims: AccessTokenClaims) async throws -> String {
        var header = JWTHeader()
        header.typ = AccessTokenHeader.type
        return try await self.keys.sign(
            claims, kid: JWKIdentifier(string: self.key.id), header: header)
    }
}
