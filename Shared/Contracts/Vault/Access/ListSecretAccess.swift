public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Lists uses of secrets and attempts at them, newest first: the owner those of their own, and who
/// holds vault:manage all.
public struct ListSecretAccess: UnaryMethod {
    /// Only of this secret; of all if absent, which needs vault:manage.
    public var secretID: UUID?
    /// Only by this person.
    public var userID: UUID?
    /// Only of this kind.
    public var accessType: SecretAccessType?
    /// Only those that were allowed, or were refused.
    public var isSuccess: Bool?
    /// From this time on.
    public var from: Date?
    /// Before this time.
    public var to: Date?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for it.
    public init(
        secretID: UUID? = nil, userID: UUID? = nil, accessType: SecretAccessType? = nil,
        isSuccess: Bool? = nil, from: Date? = nil, to: Date? = nil, pageSize: Int? = nil,
        pageToken: String? = nil
    ) {
        self.secretID = secretID
        self.userID = userID
        self.accessType = accessType
        self.isSuccess = isSuccess
        self.from = from
        self.to = to
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = SecretAccessPage

    public static let contract = MethodContract(
        "vault.ListSecretAccess",
        documentation: "Lists uses of secrets, newest first.",
        access: .any([
            .permission("vault:read"), .permission("vault:write"), .permission("vault:manage"),
        ]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Only of this secret; of all if absent, which needs vault:manage.",
        "userID": "Only by this person.",
        "accessType": "Only of this kind.",
        "isSuccess": "Only those that were allowed, or were refused.",
        "from": "From this time on.",
        "to": "Before this time.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before.",
    ]
}

/// Some uses, newest first.
public struct SecretAccessPage: Codable, Hashable, Sendable, DocumentedFields {
    /// Newest first.
    public var accesses: [SecretAccess]
    /// Asks for the next page; absent on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(accesses: [SecretAccess], nextPageToken: String? = nil) {
        self.accesses = accesses
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "accesses": "Newest first.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
