public import RPC

public import struct FoundationEssentials.UUID

/// Makes a connection.
public struct CreateConnection: UnaryMethod, KeyedRequest {
    /// 1 to 100 characters of one line; unique.
    public var name: String
    /// llm_text, llm_voice, crm, erp, or another word.
    public var type: ConnectionType
    /// 1 to 50 characters, such as openai.
    public var provider: String
    /// http or https, at most 500 characters.
    public var endpointURL: String?
    /// The secret that opens it; the caller must be able to use it.
    public var secretID: UUID?
    /// An object of at most 16,384 bytes.
    public var configuration: JSONValue?
    /// The group it is for.
    public var groupID: UUID?
    /// Whether it may be used; yes if absent.
    public var isActive: Bool?
    /// Makes a repeated call harmless.
    public var idempotencyKey: String?

    /// Asks for it.
    public init(
        name: String, type: ConnectionType, provider: String, endpointURL: String? = nil,
        secretID: UUID? = nil, configuration: JSONValue? = nil, groupID: UUID? = nil,
        isActive: Bool? = nil, idempotencyKey: String? = nil
    ) {
        self.name = name
        self.type = type
        self.provider = provider
        self.endpointURL = endpointURL
        self.secretID = secretID
        self.configuration = configuration
        self.groupID = groupID
        self.isActive = isActive
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = Connection

    public static let contract = MethodContract(
        "vault.CreateConnection",
        documentation: "Makes a connection.",
        access: .permission("vault:manage"),
        repeatability: .withKey,
        auditAction: "connection_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "name": "1 to 100 characters of one line; unique.",
        "type": "llm_text, llm_voice, crm, erp, or another word.",
        "provider": "1 to 50 characters, such as openai.",
        "endpointURL": "http or https, at most 500 characters.",
        "secretID": "The secret that opens it; the caller must be able to use it.",
        "configuration": "An object of at most 16,384 bytes.",
        "groupID": "The group it is for.",
        "isActive": "Whether it may be used; yes if absent.",
        "idempotencyKey": "Makes a repeated call harmless.",
    ]
}
