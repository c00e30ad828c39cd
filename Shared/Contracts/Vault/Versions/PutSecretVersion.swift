public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.UUID

/// Adds a version that the caller has sealed; the caller need not be able to read it.
public struct PutSecretVersion: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// The number it was sealed for: one above the latest; somebody who was quicker makes it
    /// refused.
    public var number: Int64
    /// The type it was sealed for.
    public var type: SecretType
    /// The owner it was sealed for.
    public var ownerID: UUID
    /// Which algorithms; 1.
    public var suite: Int64
    /// The data key with the hash of what it is for, sealed to the epoch's key.
    public var sealedKey: Data
    /// Which key it is sealed to, 16 bytes.
    public var keyID: Data
    /// The value, sealed with the data key.
    public var ciphertext: Data
    /// Commits to the data key, 32 bytes.
    public var commitment: Data
    /// current or pending; current if absent.
    public var label: SecretLabel?
    /// Why, at most 500 characters.
    public var reason: String?

    /// Asks for it.
    public init(
        secretID: UUID, number: Int64, type: SecretType, ownerID: UUID, suite: Int64,
        sealedKey: Data, keyID: Data, ciphertext: Data, commitment: Data, label: SecretLabel? = nil,
        reason: String? = nil
    ) {
        self.secretID = secretID
        self.number = number
        self.type = type
        self.ownerID = ownerID
        self.suite = suite
        self.sealedKey = sealedKey
        self.keyID = keyID
        self.ciphertext = ciphertext
        self.commitment = commitment
        self.label = label
        self.reason = reason
    }

    public typealias Reply = SecretVersion

    public static let contract = MethodContract(
        "vault.PutSecretVersion",
        documentation: "Adds a version that the caller has sealed on its own side.",
        access: .permission("vault:write"),
        repeatability: .idempotent,
        auditAction: "secret_written",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "number":
            "The number it was sealed for: one above the latest; somebody who was quicker makes "
            + "it refused.",
        "type": "The type it was sealed for.",
        "ownerID": "The owner it was sealed for.",
        "suite": "Which algorithms; 1.",
        "sealedKey": "The data key with the hash of what it is for, sealed to the epoch's key.",
        "keyID": "Which key it is sealed to, 16 bytes.",
        "ciphertext": "The value, sealed with the data key.",
        "commitment": "Commits to the data key, 32 bytes.",
        "label": "current or pending; current if absent.",
        "reason": "Why, at most 500 characters.",
    ]
}
