public import RPC

public import struct FoundationEssentials.UUID

/// Lists secrets that the caller may use, by name.
public struct ListSecrets: UnaryMethod {
    /// Only those with this tag.
    public var tag: String?
    /// Only those of this type.
    public var type: SecretType?
    /// Only this person's.
    public var ownerID: UUID?
    /// Only those whose name, display name or description has this in it.
    public var text: String?
    /// Only those whose rotation is due, or is not.
    public var isDue: Bool?
    /// Only those that have expired, or have not.
    public var isExpired: Bool?
    /// Whether deleted and destroyed ones are listed too.
    public var includesDeleted: Bool?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for it.
    public init(
        tag: String? = nil, type: SecretType? = nil, ownerID: UUID? = nil, text: String? = nil,
        isDue: Bool? = nil, isExpired: Bool? = nil, includesDeleted: Bool? = nil,
        pageSize: Int? = nil, pageToken: String? = nil
    ) {
        self.tag = tag
        self.type = type
        self.ownerID = ownerID
        self.text = text
        self.isDue = isDue
        self.isExpired = isExpired
        self.includesDeleted = includesDeleted
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = SecretPage

    public static let contract = MethodContract(
        "vault.ListSecrets",
        documentation: "Lists secrets that the caller may use, by name.",
        access: .any([
            .permission("vault:read"), .permission("vault:write"), .permission("vault:manage"),
        ]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "tag": "Only those with this tag.",
        "type": "Only those of this type.",
        "ownerID": "Only this person's.",
        "text": "Only those whose name, display name or description has this in it.",
        "isDue": "Only those whose rotation is due, or is not.",
        "isExpired": "Only those that have expired, or have not.",
        "includesDeleted": "Whether deleted and destroyed ones are listed too.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before.",
    ]
}

/// Some secrets, by name.
public struct SecretPage: Codable, Hashable, Sendable, DocumentedFields {
    /// By name.
    public var secrets: [Secret]
    /// Asks for the next page; absent on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(secrets: [Secret], nextPageToken: String? = nil) {
        self.secrets = secrets
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "secrets": "By name.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
