public import RPC

/// Lists legal holds, newest first.
public struct ListHolds: UnaryMethod {
    /// Whether those that were released are listed too; they are not if absent.
    public var includesReleased: Bool?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for holds.
    public init(includesReleased: Bool? = nil, pageSize: Int? = nil, pageToken: String? = nil) {
        self.includesReleased = includesReleased
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = HoldPage

    public static let contract = MethodContract(
        "audit.ListHolds",
        documentation: "Lists legal holds, newest first.",
        access: .permission("audit:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "includesReleased": "Whether those that were released are listed too.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before.",
    ]
}

/// Some holds, newest first.
public struct HoldPage: Codable, Hashable, Sendable, DocumentedFields {
    /// Newest first.
    public var holds: [Hold]
    /// Asks for the next page; `nil` on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(holds: [Hold], nextPageToken: String? = nil) {
        self.holds = holds
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "holds": "Newest first.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
