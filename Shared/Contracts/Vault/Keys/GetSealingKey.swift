public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.UUID

/// Reads the key to seal values with, and what a value of one secret is to be sealed for. Who has
/// them can put a value without being able to read one.
public struct GetSealingKey: UnaryMethod {
    /// For which secret; only the key if absent.
    public var secretID: UUID?
    /// Its name, instead of its id.
    public var name: String?
    /// The owner of the name; the caller if absent.
    public var ownerID: UUID?

    /// Asks for it.
    public init(secretID: UUID? = nil, name: String? = nil, ownerID: UUID? = nil) {
        self.secretID = secretID
        self.name = name
        self.ownerID = ownerID
    }

    public typealias Reply = SealingKeyReply

    public static let contract = MethodContract(
        "vault.GetSealingKey",
        documentation: "Reads the key to seal with, and what a value of one secret is sealed for.",
        access: .permission("vault:write"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "For which secret; only the key if absent.",
        "name": "Its name, instead of its id.",
        "ownerID": "The owner of the name; the caller if absent.",
    ]
}

/// The key to seal with.
public struct SealingKeyReply: Codable, Hashable, Sendable, DocumentedFields {
    /// The key of the current epoch.
    public var key: PublicSealingKey
    /// What to seal for, if a secret was named.
    public var target: SealingTarget?

    /// Describes one.
    public init(key: PublicSealingKey, target: SealingTarget? = nil) {
        self.key = key
        self.target = target
    }

    public static let fieldDocumentation = [
        "key": "The key of the current epoch.",
        "target": "What to seal for, if a secret was named.",
    ]
}

/// The public half of the key of one epoch.
public struct PublicSealingKey: Codable, Hashable, Sendable, DocumentedFields {
    /// The vault.
    public var vaultID: UUID
    /// The number of the key, from 1.
    public var epoch: Int64
    /// What names the key: 16 bytes of its hash.
    public var keyID: Data
    /// X25519, 32 bytes.
    public var publicKey: Data
    /// The vault's Ed25519 key that signs, 32 bytes.
    public var identityKey: Data
    /// Ed25519 of the vault's identity over vault, epoch and key.
    public var signature: Data

    /// Describes one.
    public init(
        vaultID: UUID, epoch: Int64, keyID: Data, publicKey: Data, identityKey: Data,
        signature: Data
    ) {
        self.vaultID = vaultID
        self.epoch = epoch
        self.keyID = keyID
        self.publicKey = publicKey
        self.identityKey = identityKey
        self.signature = signature
    }

    public static let fieldDocumentation = [
        "vaultID": "The vault.",
        "epoch": "The number of the key, from 1.",
        "keyID": "What names the key: 16 bytes of its hash.",
        "publicKey": "X25519, 32 bytes.",
        "identityKey": "The vault's Ed25519 key that signs, 32 bytes.",
        "signature": "Ed25519 of the vault's identity over vault, epoch and key.",
    ]
}

/// What the next version of a secret is to be sealed for.
public struct SealingTarget: Codable, Hashable, Sendable, DocumentedFields {
    /// The secret.
    public var secretID: UUID
    /// Its owner.
    public var ownerID: UUID
    /// Its type.
    public var type: SecretType
    /// The number that the next version gets.
    public var nextVersion: Int64
    /// Who the caller is, as the sealed value names them.
    public var producer: String

    /// Describes one.
    public init(
        secretID: UUID, ownerID: UUID, type: SecretType, nextVersion: Int64, producer: String
    ) {
        self.secretID = secretID
        self.ownerID = ownerID
        self.type = type
        self.nextVersion = nextVersion
        self.producer = producer
    }

    public static let fieldDocumentation = [
        "secretID": "The secret.",
        "ownerID": "Its owner.",
        "type": "Its type.",
        "nextVersion": "The number that the next version gets.",
        "producer": "Who the caller is, as the sealed value names them.",
    ]
}
