public import RPC

public import struct FoundationEssentials.UUID

/// Changes a connection; what is absent stays as it is.
public struct UpdateConnection: UnaryMethod {
    /// Which connection.
    public var id: UUID
    /// A new name.
    public var name: String?
    /// What it leads to.
    public var type: ConnectionType?
    /// Who offers it.
    public var provider: String?
    /// Where it is.
    public var endpointURL: String?
    /// The secret that opens it.
    public var secretID: UUID?
    /// Replaces the configuration.
    public var configuration: JSONValue?
    /// The group it is for.
    public var groupID: UUID?
    /// Whether it may be used.
    public var isActive: Bool?
    /// Fields to leave empty from now on: endpointURL, secretID, groupID.
    public var cleared: [String]?
    /// Refuse if it has changed since this version.
    public var expectedVersion: Int64?

    /// Asks for it.
    public init(
        id: UUID, name: String? = nil, type: ConnectionType? = nil, provider: String? = nil,
        endpointURL: String? = nil, secretID: UUID? = nil, configuration: JSONValue? = nil,
        groupID: UUID? = nil, isActive: Bool? = nil, cleared: [String]? = nil,
        expectedVersion: Int64? = nil
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
        self.cleared = cleared
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = Connection

    public static let contract = MethodContract(
        "vault.UpdateConnection",
        documentation: "Changes a connection.",
        access: .permission("vault:manage"),
        repeatability: .idempotent,
        auditAction: "connection_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "id": "Which connection.",
        "name": "A new name.",
        "type": "What it leads to.",
        "provider": "Who offers it.",
        "endpointURL": "Where it is.",
        "secretID": "The secret that opens it.",
        "configuration": "Replaces the configuration.",
        "groupID": "The group it is for.",
        "isActive": "Whether it may be used.",
        "cleared": "Fields to leave empty from now on: endpointURL, secretID, groupID.",
        "expectedVersion": "Refuse if it has changed since this version.",
    ]
}
