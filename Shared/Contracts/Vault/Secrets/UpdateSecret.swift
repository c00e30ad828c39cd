public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Changes what a secret says of itself, and who may use it; what is absent stays as it is.
public struct UpdateSecret: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// A new name.
    public var name: String?
    /// What lists show.
    public var displayName: String?
    /// At most 4,000 characters.
    public var description: String?
    /// Replaces all metadata.
    public var metadata: JSONValue?
    /// Replaces all tags.
    public var tags: [String]?
    /// Who holds it may use the secret beside the owner.
    public var requiredPermission: String?
    /// Whether it can be read.
    public var isActive: Bool?
    /// Whether its value can be replaced.
    public var isRotatable: Bool?
    /// Whether it is to be rotated regularly.
    public var rotationEnabled: Bool?
    /// 1 to 3,650.
    public var rotationDays: Int64?
    /// From when on it is not given out.
    public var expiresAt: Date?
    /// Only from no to yes, unless somebody with vault:destroy who did not make the secret asks.
    public var needsSecondPerson: Bool?
    /// How it gets its next value.
    public var rotationMethod: RotationMethod?
    /// What the method needs to know.
    public var rotationConfiguration: JSONValue?
    /// Fields to leave empty from now on: description, requiredPermission, rotationDays, expiresAt.
    public var cleared: [String]?
    /// Refuse if the secret has changed since this revision.
    public var expectedRevision: Int64?

    /// Asks for it.
    public init(
        secretID: UUID, name: String? = nil, displayName: String? = nil, description: String? = nil,
        metadata: JSONValue? = nil, tags: [String]? = nil, requiredPermission: String? = nil,
        isActive: Bool? = nil, isRotatable: Bool? = nil, rotationEnabled: Bool? = nil,
        rotationDays: Int64? = nil, expiresAt: Date? = nil, needsSecondPerson: Bool? = nil,
        rotationMethod: RotationMethod? = nil, rotationConfiguration: JSONValue? = nil,
        cleared: [String]? = nil, expectedRevision: Int64? = nil
    ) {
        self.secretID = secretID
        self.name = name
        self.displayName = displayName
        self.description = description
        self.metadata = metadata
        self.tags = tags
        self.requiredPermission = requiredPermission
        self.isActive = isActive
        self.isRotatable = isRotatable
        self.rotationEnabled = rotationEnabled
        self.rotationDays = rotationDays
        self.expiresAt = expiresAt
        self.needsSecondPerson = needsSecondPerson
        self.rotationMethod = rotationMethod
        self.rotationConfiguration = rotationConfiguration
        self.cleared = cleared
        self.expectedRevision = expectedRevision
    }

    public typealias Reply = Secret

    public static let contract = MethodContract(
        "vault.UpdateSecret",
        documentation: "Changes what a secret says of itself, and who may use it.",
        access: .permission("vault:write"),
        repeatability: .idempotent,
        auditAction: "secret_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "name": "A new name.",
        "displayName": "What lists show.",
        "description": "At most 4,000 characters.",
        "metadata": "Replaces all metadata.",
        "tags": "Replaces all tags.",
        "requiredPermission": "Who holds it may use the secret beside the owner.",
        "isActive": "Whether it can be read.",
        "isRotatable": "Whether its value can be replaced.",
        "rotationEnabled": "Whether it is to be rotated regularly.",
        "rotationDays": "1 to 3,650.",
        "expiresAt": "From when on it is not given out.",
        "needsSecondPerson":
            "Only from no to yes, unless somebody with vault:destroy who did not make the "
            + "secret asks.",
        "rotationMethod": "How it gets its next value.",
        "rotationConfiguration": "What the method needs to know.",
        "cleared":
            "Fields to leave empty from now on: description, requiredPermission, rotationDays, "
            + "expiresAt.",
        "expectedRevision": "Refuse if the secret has changed since this revision.",
    ]
}
