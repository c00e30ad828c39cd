internal import NIOCore
internal import Sodium
internal import Wire

package import struct FoundationEssentials.UUID

/// What one version of a secret is, and where it belongs: bound to its value for good.
package struct SecretContext: Sendable, Hashable {
    /// By which algorithms it is sealed; see ``currentSuite``.
    package var suite: Int64
    /// The installation's vault.
    package var vaultID: UUID
    /// Whom the secret belongs to.
    package var ownerID: UUID
    /// The secret.
    package var secretID: UUID
    /// The version's number, from 1.
    package var version: Int64
    /// What kind of secret it is, such as `api_key`.
    package var secretType: String
    /// Who made this version: a user's identifier or a service's name.
    package var producer: String

    /// The one suite there is: X25519 sealed boxes, XChaCha20-Poly1305, BLAKE2b-256, Ed25519.
    package static let currentSuite: Int64 = 1

    /// Makes a context; see the properties.
    package init(
        suite: Int64 = SecretContext.currentSuite, vaultID: UUID, ownerID: UUID, secretID: UUID,
        version: Int64, secretType: String, producer: String
    ) {
        self.suite = suite
        self.vaultID = vaultID
        self.ownerID = ownerID
        self.secretID = secretID
        self.version = version
        self.secretType = secretType
        self.producer = producer
    }

    /// The context in deterministic CBOR (RFC 8949, section 4.2.1): an array that begins with the
    /// name of this form.
    package var canonicalBytes: [UInt8] {
        CanonicalArray.encode([
            "steward.vault.context.v1", CBORValue(Int(self.suite)), .bytes(self.vaultID.octets),
            .bytes(self.ownerID.octets), .bytes(self.secretID.octets),
            CBORValue(Int(self.version)), .text(self.secretType), .text(self.producer),
        ])
    }

    /// BLAKE2b-256 of ``canonicalBytes``: what the value's key and its commitment are bound to.
    package var hash: [UInt8] { Sodium.blake2b(self.canonicalBytes) }

    /// BLAKE2b-256 of ``canonicalBytes`` and the identifier of the key that a data key is sealed
    /// to: what a sealed data key comes with.
    package func boxHash(keyID: [UInt8]) -> [UInt8] { Sodium.blake2b(self.canonicalBytes + keyID) }
}

/// Arrays in deterministic CBOR, which nothing but the same array can be written as.
enum CanonicalArray {
    static func encode(_ items: [CBORValue]) -> [UInt8] {
        Array(CBORValue.array(items).encoded(deterministic: true).readableBytesView)
    }
}

extension UUID {
    /// The 16 bytes.
    package var octets: [UInt8] { withUnsafeBytes(of: self.uuid) { Array($0) } }

    /// Takes 16 bytes; `nil` for any other number.
    package init?(octets: some Collection<UInt8>) {
        guard octets.count == 16 else { return nil }
        var uuid = UUID().uuid
        withUnsafeMutableBytes(of: &uuid) { $0.copyBytes(from: octets) }
        self.init(uuid: uuid)
    }
}
