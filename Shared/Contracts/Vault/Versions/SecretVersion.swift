public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// One version of a secret, without its value.
public struct SecretVersion: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// Whose version it is.
    public var secretID: UUID
    /// From 1, without gaps.
    public var number: Int64
    /// Whether it can be read.
    public var state: SecretVersionState
    /// The names that point at it.
    public var labels: [SecretLabel]
    /// Whether it is the current one.
    public var isActive: Bool
    /// The owner it was sealed for.
    public var ownerID: UUID
    /// The type it was sealed for.
    public var type: SecretType
    /// Who sealed it: a person's id, or vault.
    public var producer: String
    /// Which algorithms; 1 is the only one so far.
    public var suite: Int64
    /// Which sealing key its data key is under now, 16 bytes.
    public var epochKeyID: Data
    /// Commits to its data key, 32 bytes.
    public var commitment: Data
    /// Bytes of its ciphertext.
    public var byteCount: Int64
    /// Who put it; absent for the vault itself.
    public var createdBy: UUID?
    /// Why it was put.
    public var rotationReason: String?
    /// When it was put.
    public var createdAt: Date

    /// Describes one.
    public init(
        id: UUID, secretID: UUID, number: Int64, state: SecretVersionState, labels: [SecretLabel],
        isActive: Bool, ownerID: UUID, type: SecretType, producer: String, suite: Int64,
        epochKeyID: Data, commitment: Data, byteCount: Int64, createdBy: UUID? = nil,
        rotationReason: String? = nil, createdAt: Date
    ) {
        self.id = id
        self.secretID = secretID
        self.number = number
        self.state = state
        self.labels = labels
        self.isActive = isActive
        self.ownerID = ownerID
        self.type = type
        self.producer = producer
        self.suite = suite
        self.epochKeyID = epochKeyID
        self.commitment = commitment
        self.byteCount = byteCount
        self.createdBy = createdBy
        self.rotationReason = rotationReason
        self.createdAt = createdAt
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "secretID": "Whose version it is.",
        "number": "From 1, without gaps.",
        "state": "Whether it can be read.",
        "labels": "The names that point at it.",
        "isActive": "Whether it is the current one.",
        "ownerID": "The owner it was sealed for.",
        "type": "The type it was sealed for.",
        "producer": "Who sealed it: a person's id, or vault.",
        "suite": "Which algorithms; 1 is the only one so far.",
        "epochKeyID": "Which sealing key its data key is under now, 16 bytes.",
        "commitment": "Commits to its data key, 32 bytes.",
        "byteCount": "Bytes of its ciphertext.",
        "createdBy": "Who put it; absent for the vault itself.",
        "rotationReason": "Why it was put.",
        "createdAt": "When it was put.",
    ]
}
