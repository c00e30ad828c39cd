public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Reads how the vault is: its keys, whether it is locked, and what it found wrong.
public struct GetVaultStatus: UnaryMethod {

    /// Asks for it.
    public init() {}

    public typealias Reply = VaultStatus

    public static let contract = MethodContract(
        "vault.GetVaultStatus",
        documentation: "Reads how the vault is, and what keys it has.",
        access: .any([.permission("vault:keys"), .peers(["operator"])]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// How the vault is.
public struct VaultStatus: Codable, Hashable, Sendable, DocumentedFields {
    /// The vault.
    public var vaultID: UUID
    /// Whether it gives out and takes nothing.
    public var isLocked: Bool
    /// Why it is locked, or what it found wrong.
    public var message: String?
    /// The vault's Ed25519 key, for clients to remember, 32 bytes.
    public var identityKey: Data
    /// All epochs, oldest first.
    public var epochs: [KeyEpochStatus]
    /// How many changes the keyring has seen.
    public var counter: Int64
    /// Secrets and connections found tampered with since the start.
    public var tamperedCount: Int64

    /// Describes one.
    public init(
        vaultID: UUID, isLocked: Bool, message: String? = nil, identityKey: Data,
        epochs: [KeyEpochStatus], counter: Int64, tamperedCount: Int64
    ) {
        self.vaultID = vaultID
        self.isLocked = isLocked
        self.message = message
        self.identityKey = identityKey
        self.epochs = epochs
        self.counter = counter
        self.tamperedCount = tamperedCount
    }

    public static let fieldDocumentation = [
        "vaultID": "The vault.",
        "isLocked": "Whether it gives out and takes nothing.",
        "message": "Why it is locked, or what it found wrong.",
        "identityKey": "The vault's Ed25519 key, for clients to remember, 32 bytes.",
        "epochs": "All epochs, oldest first.",
        "counter": "How many changes the keyring has seen.",
        "tamperedCount": "Secrets and connections found tampered with since the start.",
    ]
}

/// One epoch of the sealing key.
public struct KeyEpochStatus: Codable, Hashable, Sendable, DocumentedFields {
    /// From 1.
    public var number: Int64
    /// What names its key, 16 bytes.
    public var keyID: Data
    /// active, open_only, or destroyed.
    public var state: KeyEpochState
    /// Versions whose data keys are under it.
    public var versionCount: Int64
    /// When it began.
    public var createdAt: Date

    /// Describes one.
    public init(
        number: Int64, keyID: Data, state: KeyEpochState, versionCount: Int64, createdAt: Date
    ) {
        self.number = number
        self.keyID = keyID
        self.state = state
        self.versionCount = versionCount
        self.createdAt = createdAt
    }

    public static let fieldDocumentation = [
        "number": "From 1.",
        "keyID": "What names its key, 16 bytes.",
        "state": "active, open_only, or destroyed.",
        "versionCount": "Versions whose data keys are under it.",
        "createdAt": "When it began.",
    ]
}
