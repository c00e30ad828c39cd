public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// A secret as everybody may see it who may use it: everything but the value.
public struct Secret: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// Unique among the owner's secrets that are not destroyed.
    public var name: String
    /// What lists show.
    public var displayName: String
    /// What it is for.
    public var description: String?
    /// What kind of credential it is; part of what values are sealed for.
    public var type: SecretType
    /// Facts that callers attached: an object.
    public var metadata: JSONValue
    /// Words to find it by, sorted.
    public var tags: [String]
    /// Whose it is; part of what values are sealed for.
    public var ownerID: UUID
    /// Who holds this permission may use it beside the owner; only the owner if absent.
    public var requiredPermission: String?
    /// Whether it can be read.
    public var isActive: Bool
    /// Whether its value can be replaced.
    public var isRotatable: Bool
    /// Whether it is to be rotated regularly.
    public var rotationEnabled: Bool
    /// Days between rotations.
    public var rotationDays: Int64?
    /// When its current version became current.
    public var lastRotatedAt: Date?
    /// When it is to be rotated.
    public var nextRotationAt: Date?
    /// From when on it is not given out.
    public var expiresAt: Date?
    /// When it was made.
    public var createdAt: Date
    /// When anything but the last access changed.
    public var updatedAt: Date
    /// When it was given out last.
    public var lastAccessedAt: Date?
    /// Who made it.
    public var createdBy: UUID
    /// The highest version; 0 before the first.
    public var latestVersion: Int64
    /// The version that readers get.
    public var currentVersion: Int64?
    /// The version that was current before.
    public var previousVersion: Int64?
    /// The version that is to become current.
    public var pendingVersion: Int64?
    /// Versions that are deleted and can be brought back.
    public var deletedVersions: [Int64]
    /// Versions whose keys are gone.
    public var destroyedVersions: [Int64]
    /// When it was deleted; it can be brought back.
    public var deletedAt: Date?
    /// When the keys of all versions were destroyed.
    public var destroyedAt: Date?
    /// Whether destroying anything of it needs a second person.
    public var needsSecondPerson: Bool
    /// How it gets its next value.
    public var rotationMethod: RotationMethod
    /// What the method needs to know: an object.
    public var rotationConfiguration: JSONValue
    /// Rises with every change.
    public var revision: Int64
    /// Whether it has expired.
    public var isExpired: Bool
    /// Whether its rotation is due.
    public var needsRotation: Bool

    /// Describes one.
    public init(
        id: UUID, name: String, displayName: String, description: String? = nil, type: SecretType,
        metadata: JSONValue, tags: [String], ownerID: UUID, requiredPermission: String? = nil,
        isActive: Bool, isRotatable: Bool, rotationEnabled: Bool, rotationDays: Int64? = nil,
        lastRotatedAt: Date? = nil, nextRotationAt: Date? = nil, expiresAt: Date? = nil,
        createdAt: Date, updatedAt: Date, lastAccessedAt: Date? = nil, createdBy: UUID,
        latestVersion: Int64, currentVersion: Int64? = nil, previousVersion: Int64? = nil,
        pendingVersion: Int64? = nil, deletedVersions: [Int64], destroyedVersions: [Int64],
        deletedAt: Date? = nil, destroyedAt: Date? = nil, needsSecondPerson: Bool,
        rotationMethod: RotationMethod, rotationConfiguration: JSONValue, revision: Int64,
        isExpired: Bool, needsRotation: Bool
    ) {
        self.id = id
        self.name = name
        self.displayName = displayName
        self.description = description
        self.type = type
        self.metadata = metadata
        self.tags = tags
        self.ownerID = ownerID
        self.requiredPermission = requiredPermission
        self.isActive = isActive
        self.isRotatable = isRotatable
        self.rotationEnabled = rotationEnabled
        self.rotationDays = rotationDays
        self.lastRotatedAt = lastRotatedAt
        self.nextRotationAt = nextRotationAt
        self.expiresAt = expiresAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.lastAccessedAt = lastAccessedAt
        self.createdBy = createdBy
        self.latestVersion = latestVersion
        self.currentVersion = currentVersion
        self.previousVersion = previousVersion
        self.pendingVersion = pendingVersion
        self.deletedVersions = deletedVersions
        self.destroyedVersions = destroyedVersions
        self.deletedAt = deletedAt
        self.destroyedAt = destroyedAt
        self.needsSecondPerson = needsSecondPerson
        self.rotationMethod = rotationMethod
        self.rotationConfiguration = rotationConfiguration
        self.revision = revision
        self.isExpired = isExpired
        self.needsRotation = needsRotation
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "name": "Unique among the owner's secrets that are not destroyed.",
        "displayName": "What lists show.",
        "description": "What it is for.",
        "type": "What kind of credential it is; part of what values are sealed for.",
        "metadata": "Facts that callers attached: an object.",
        "tags": "Words to find it by, sorted.",
        "ownerID": "Whose it is; part of what values are sealed for.",
        "requiredPermission":
            "Who holds this permission may use it beside the owner; only the owner if absent.",
        "isActive": "Whether it can be read.",
        "isRotatable": "Whether its value can be replaced.",
        "rotationEnabled": "Whether it is to be rotated regularly.",
        "rotationDays": "Days between rotations.",
        "lastRotatedAt": "When its current version became current.",
        "nextRotationAt": "When it is to be rotated.",
        "expiresAt": "From when on it is not given out.",
        "createdAt": "When it was made.",
        "updatedAt": "When anything but the last access changed.",
        "lastAccessedAt": "When it was given out last.",
        "createdBy": "Who made it.",
        "latestVersion": "The highest version; 0 before the first.",
        "currentVersion": "The version that readers get.",
        "previousVersion": "The version that was current before.",
        "pendingVersion": "The version that is to become current.",
        "deletedVersions": "Versions that are deleted and can be brought back.",
        "destroyedVersions": "Versions whose keys are gone.",
        "deletedAt": "When it was deleted; it can be brought back.",
        "destroyedAt": "When the keys of all versions were destroyed.",
        "needsSecondPerson": "Whether destroying anything of it needs a second person.",
        "rotationMethod": "How it gets its next value.",
        "rotationConfiguration": "What the method needs to know: an object.",
        "revision": "Rises with every change.",
        "isExpired": "Whether it has expired.",
        "needsRotation": "Whether its rotation is due.",
    ]
}
