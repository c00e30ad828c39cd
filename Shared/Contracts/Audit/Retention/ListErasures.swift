public import RPC

public import struct FoundationEssentials.UUID

/// Lists erasures, newest first.
public struct ListErasures: UnaryMethod {
    /// Those of this person; everybody's if absent.
    public var userID: UUID?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for erasures.
    public init(userID: UUID? = nil, pageSize: Int? = nil, pageToken: String? = nil) {
        self.userID = userID
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = ErasurePage

    public static let contract = MethodContract(
        "audit.ListErasures",
        documentation: "Lists the erasures of people's data, newest first.",
        access: .any([.permission("audit:read"), .permission("audit:erase")]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Those of this person; everybody's if absent.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before, with the same person.",
    ]
}

/// Some erasures, newest first.
public struct ErasurePage: Codable, Hashable, Sendable, DocumentedFields {
    /// Newest first.
    public var erasures: [Erasure]
    /// Asks for the next page; `nil` on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(erasures: [Erasure], nextPageToken: String? = nil) {
        self.erasures = erasures
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "erasures": "Newest first.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
