public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// How to reach a model, a voice gateway or another system, and which secret opens it.
public struct Connection: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7.
    public var id: UUID
    /// What it is called; unique.
    public var name: String
    /// What it leads to.
    public var type: ConnectionType
    /// Who offers it, such as openai.
    public var provider: String
    /// Where it is.
    public var endpointURL: String?
    /// The secret that opens it.
    public var secretID: UUID?
    /// Further settings: an object.
    public var configuration: JSONValue
    /// The group it is for; everybody's if absent.
    public var groupID: UUID?
    /// Whether it may be used.
    public var isActive: Bool
    /// Who made it.
    public var createdBy: UUID
    /// When it was made.
    public var createdAt: Date
    /// When it was changed last.
    public var updatedAt: Date
    /// Rises with every change.
    public var version: Int64

    /// Describes one.
    public init(
        id: UUID, name: String, type: ConnectionType, provider: String, endpointURL: String? = nil,
        secretID: UUID? = nil, configuration: JSONValue, groupID: UUID? = nil, isActive: Bool,
        createdBy: UUID, createdAt: Date, updatedAt: Date, version: Int64
    ) {
        self.id = id
        self.name = name
        self.type = type
        self.provider = provider
        self.endpointURL = endpointURL
        self.secretID = secretID
        self.configuration = configuration
        self.groupID = groupID
        self.isActive = isActive
        self.createdBy = createdBy
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7.",
        "name": "What it is called; unique.",
        "type": "What it leads to.",
        "provider": "Who offers it, such as openai.",
        "endpointURL": "Where it is.",
        "secretID": "The secret that opens it.",
        "configuration": "Further settings: an object.",
        "groupID": "The group it is for; everybody's if absent.",
        "isActive": "Whether it may be used.",
        "createdBy": "Who made it.",
        "createdAt": "When it was made.",
        "updatedAt": "When it was changed last.",
        "version": "Rises with every change.",
    ]
}
