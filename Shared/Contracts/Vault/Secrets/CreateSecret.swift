public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Makes a secret without a value; values are put as versions.
public struct CreateSecret: UnaryMethod, KeyedRequest {
    /// 1 to 200 characters of one line; unique among the owner's.
    public var name: String
    /// What lists show; the name if absent.
    public var displayName: String?
    /// At most 4,000 characters.
    public var description: String?
    /// What kind of credential it is.
    public var type: SecretType
    /// An object of at most 16,384 bytes.
    public var metadata: JSONValue?
    /// At most 32 of 1 to 50 characters.
    public var tags: [String]?
    /// The caller if absent; somebody else needs vault:manage.
    public var ownerID: UUID?
    /// Who holds it may use the secret beside the owner, as resource:action.
    public var requiredPermission: String?
    /// Whether its value can be replaced; yes if absent.
    public var isRotatable: Bool?
    /// Whether it is to be rotated regularly.
    public var rotationEnabled: Bool?
    /// 1 to 3,650.
    public var rotationDays: Int64?
    /// From when on it is not given out.
    public var expiresAt: Date?
    /// Whether destroying anything of it needs a second person.
    public var needsSecondPerson: Bool?
    /// How it gets its next value; manual if absent.
    public var rotationMethod: RotationMethod?
    /// For random: length, 8 to 256, and alphabet, one of alphanumeric, hexadecimal, printable.
    public var rotationConfiguration: JSONValue?
    /// Makes a repeated call harmless.
    public var idempotencyKey: String?

    /// Asks for it.
    public init(
        name: String, displayName: String? = nil, description: String? = nil, type: SecretType,
        metadata: JSONValue? = nil, tags: [String]? = nil, ownerID: UUID? = nil,
        requiredPermission: String? = nil, isRotatable: Bool? = nil, rotationEnabled: Bool? = nil,
        rotationDays: Int64? = nil, expiresAt: Date? = nil, needsSecondPerson: Bool? = nil,
        rotationMethod: RotationMethod? = nil, rotationConfiguration: JSONValue? = nil,
        idempotencyKey: String? = nil
    ) {
        self.name = name
        self.displayName = displayName
        self.description = description
        self.type = type
        self.metadata = metadata
        self.tags = tags
        self.ownerID = ownerID
        self.requiredPermission = requiredPermission
        self.isRotatable = isRotatable
        self.rotationEnabled = rotationEnabled
        self.rotationDays = rotationDays
        self.expiresAt = expiresAt
        self.needsSecondPerson = needsSecondPerson
        self.rotationMethod = rotationMethod
        self.rotationConfiguration = rotationConfiguration
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = Secret

    public static let contract = MethodContract(
        "vault.CreateSecret",
        documentation: "Makes a secret, as yet without a value.",
        access: .permission("vault:write"),
        repeatability: .withKey,
        auditAction: "secret_written",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "name": "1 to 200 characters of one line; unique among the owner's.",
        "displayName": "What lists show; the name if absent.",
        "description": "At most 4,000 characters.",
        "type": "What kind of credential it is.",
        "metadata": "An object of at most 16,384 bytes.",
        "tags": "At most 32 of 1 to 50 characters.",
        "ownerID": "The caller if absent; somebody else needs vault:manage.",
        "requiredPermission":
            "Who holds it may use the secret beside the owner, as resource:action.",
        "isRotatable": "Whether its value can be replaced; yes if absent.",
        "rotationEnabled": "Whether it is to be rotated regularly.",
        "rotationDays": "1 to 3,650.",
        "expiresAt": "From when on it is not given out.",
        "needsSecondPerson": "Whether destroying anything of it needs a second person.",
        "rotationMethod": "How it gets its next value; manual if absent.",
        "rotationConfiguration":
            "For random: length, 8 to 256, and alphabet, one of alphanumeric, hexadecimal, "
            + "printable.",
        "idempotencyKey": "Makes a repeated call harmless.",
    ]
}
