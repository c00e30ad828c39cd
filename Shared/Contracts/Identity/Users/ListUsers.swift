public import RPC

/// Lists accounts, the newest first.
public struct ListUsers: UnaryMethod {
    /// Only accounts whose address or user name begins with this.
    public var search: String?
    /// Only accounts that hold this role.
    public var role: String?
    /// Only active, or only disabled accounts.
    public var isActive: Bool?
    /// 1 to 200; 50 if absent.
    public var pageSize: Int?
    /// The nextPageToken of the page before.
    public var pageToken: String?

    /// Asks for a page.
    public init(
        search: String? = nil,
        role: String? = nil,
        isActive: Bool? = nil,
        pageSize: Int? = nil,
        pageToken: String? = nil
    ) {
        self.search = search
        self.role = role
        self.isActive = isActive
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = UserPage

    public static let contract = MethodContract(
        "identity.ListUsers",
        documentation: "Lists accounts, the newest first.",
        access: .permission("users:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "search": "Only accounts whose address or user name begins with this.",
        "role": "Only accounts that hold this role.",
        "isActive": "Only active, or only disabled accounts.",
        "pageSize": "1 to 200; 50 if absent.",
        "pageToken": "The nextPageToken of the page before.",
    ]
}

/// Some accounts, and where the list goes on.
public struct UserPage: Codable, Hashable, Sendable, DocumentedFields {
    /// The accounts of this page.
    public var users: [User]
    /// Give it as pageToken to go on; absent on the last page.
    public var nextPageToken: String?

    /// Makes a page.
    public init(users: [User], nextPageToken: String? = nil) {
        self.users = users
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "users": "The accounts of this page.",
        "nextPageToken": "Give it as pageToken to go on; absent on the last page.",
    ]
}
