package import AuditAPI
internal import Crypto
internal import Wire

package import struct FoundationEssentials.Data

extension AuditPayload {
    /// How many random bytes salt a payload.
    package static let saltByteCount = 32

    /// The payload in deterministic CBOR.
    package var canonicalBytes: Data {
        get throws { try CanonicalBytes.encode(self) }
    }

    /// Reads a payload; fields that a newer version wrote are left aside.
    package init(bytes: Data) throws {
        self = try CanonicalBytes.decode(AuditPayload.self, from: bytes, unknownFields: .ignore)
    }

    /// What an event says of its payload: SHA-256 over a name for this use, the salt, and the
    /// payload's bytes.  The salt keeps a payload that is gone from being guessed.
    package static func commitment(toBytes bytes: Data, salt: Data) -> Data {
        var hash = SHA256()
        hash.update(data: Data("steward.audit.payload.v1\n".utf8))
        hash.update(data: salt)
        hash.update(data: bytes)
        return Data(hash.finalize())
    }
}
