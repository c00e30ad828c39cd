package import Sodium
internal import Wire

package import struct FoundationEssentials.UUID

/// The public key to which data keys are sealed at present, signed by the vault.
package struct SealingKey: Sendable, Hashable {
    /// The vault whose key it is.
    package let vaultID: UUID
    /// The number of the key epoch, from 1.
    package let number: Int64
    /// 32 bytes (X25519).
    package let publicKey: [UInt8]
    /// The vault's identity: 32 bytes (Ed25519).
    package let identity: [UInt8]
    /// The identity's signature: 64 bytes.
    package let signature: [UInt8]

    /// The length of a key's identifier in bytes.
    package static let identifierByteCount = 16

    /// Takes a key from the vault; ``check(identity:)`` it before use.
    package init(
        vaultID: UUID, number: Int64, publicKey: [UInt8], identity: [UInt8], signature: [UInt8]
    ) {
        self.vaultID = vaultID
        self.number = number
        self.publicKey = publicKey
        self.identity = identity
        self.signature = signature
    }

    /// Signs a key.
    package init(
        vaultID: UUID, number: Int64, publicKey: BoxPublicKey,
        signedBy pair: borrowing SigningKeyPair
    ) {
        self.init(
            vaultID: vaultID, number: number, publicKey: publicKey.bytes,
            identity: pair.publicKey.bytes,
            signature: pair.signature(
                of: Self.statement(vaultID: vaultID, number: number, publicKey: publicKey.bytes)))
    }

    /// How the key is known: the first 16 bytes of BLAKE2b-256 of the public key.
    package static func identifier(of publicKey: [UInt8]) -> [UInt8] {
        Array(Sodium.blake2b(publicKey).prefix(Self.identifierByteCount))
    }

    /// How this key is known.
    package var identifier: [UInt8] { Self.identifier(of: self.publicKey) }

    /// Checks the signature and that the key can be sealed to.
    ///
    /// - Parameter expected: the identity that the vault is known by; `nil` where none is known,
    ///   and the connection alone tells that it is the vault who speaks.
    /// - Returns: the key.
    /// - Throws: ``SecretFormatError``; `SodiumError.unusablePublicKey`.
    package func check(identity expected: [UInt8]?) throws -> BoxPublicKey {
        if let expected, expected != self.identity { throw SecretFormatError.otherVault }
        guard self.identity.count == SignatureKey.byteCount else {
            throw SecretFormatError.malformed("identity")
        }
        let statement = Self.statement(
            vaultID: self.vaultID, number: self.number, publicKey: self.publicKey)
        guard try SignatureKey(self.identity).verifies(self.signature, of: statement) else {
            throw SecretFormatError.wrongSignature
        }
        return try BoxPublicKey(self.publicKey)
    }

    private static func statement(vaultID: UUID, number: Int64, publicKey: [UInt8]) -> [UInt8] {
        CanonicalArray.encode([
            "steward.vault.sealing-key.v1", .bytes(vaultID.octets), CBORValue(Int(number)),
            .bytes(publicKey),
        ])
    }
}
