public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.UUID

/// A version of a secret, sealed so that only the reader of one call can open it.
public struct SecretRelease: Codable, Hashable, Sendable, DocumentedFields {
    /// What the reader chose for this call, 16 bytes.
    public var requestID: Data
    /// The person that it was released to.
    public var readerID: String
    /// The vault.
    public var vaultID: UUID
    /// The owner it was sealed for.
    public var ownerID: UUID
    /// The secret.
    public var secretID: UUID
    /// The version.
    public var version: Int64
    /// The type it was sealed for.
    public var type: SecretType
    /// Who sealed it.
    public var producer: String
    /// Which algorithms; 1 is the only one so far.
    public var suite: Int64
    /// The value as its producer sealed it.
    public var ciphertext: Data
    /// Commits to the data key, 32 bytes.
    public var commitment: Data
    /// The data key, sealed to the reader's key.
    public var released: Data
    /// The vault's Ed25519 key, 32 bytes.
    public var identityKey: Data
    /// Ed25519 of the vault's identity over all other fields.
    public var signature: Data

    /// Describes one.
    public init(
        requestID: Data, readerID: String, vaultID: UUID, ownerID: UUID, secretID: UUID,
        version: Int64, type: SecretType, producer: String, suite: Int64, ciphertext: Data,
        commitment: Data, released: Data, identityKey: Data, signature: Data
    ) {
        self.requestID = requestID
        self.readerID = readerID
        self.vaultID = vaultID
        self.ownerID = ownerID
        self.secretID = secretID
        self.version = version
        self.type = type
        self.producer = producer
        self.suite = suite
        self.ciphertext = ciphertext
        self.commitment = commitment
        self.released = released
        self.identityKey = identityKey
        self.signature = signature
    }

    public static let fieldDocumentation = [
        "requestID": "What the reader chose for this call, 16 bytes.",
        "readerID": "The person that it was released to.",
        "vaultID": "The vault.",
        "ownerID": "The owner it was sealed for.",
        "secretID": "The secret.",
        "version": "The version.",
        "type": "The type it was sealed for.",
        "producer": "Who sealed it.",
        "suite": "Which algorithms; 1 is the only one so far.",
        "ciphertext": "The value as its producer sealed it.",
        "commitment": "Commits to the data key, 32 bytes.",
        "released": "The data key, sealed to the reader's key.",
        "identityKey": "The vault's Ed25519 key, 32 bytes.",
        "signature": "Ed25519 of the vault's identity over all other fields.",
    ]
}
