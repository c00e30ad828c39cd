public import RPC

public import struct FoundationEssentials.UUID

/// Lists the versions of a secret, newest first, without values.
public struct ListSecretVersions: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for it.
    public init(secretID: UUID, pageSize: Int? = nil, pageToken: String? = nil) {
        self.secretID = secretID
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = SecretVersionPage

    public static let contract = MethodContract(
        "vault.ListSecretVersions",
        documentation: "Lists the versions of a secret, newest first, without values.",
        access: .any([
            .permission("vault:read"), .permission("vault:write"), .permission("vault:manage"),
        ]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before.",
    ]
}

/// Some versions, newest first.
public struct SecretVersionPage: Codable, Hashable, Sendable, DocumentedFields {
    /// Newest first.
    public var versions: [SecretVersion]
    /// Asks for the next page; absent on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(versions: [SecretVersion], nextPageToken: String? = nil) {
        self.versions = versions
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "versions": "Newest first.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
