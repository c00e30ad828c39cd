public import RPC

/// Lists destructions that wait for a second person, or all.
public struct ListDestructions: UnaryMethod {
    /// Whether those are listed too that are done or expired.
    public var includesDone: Bool?
    /// 1 to 500; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for it.
    public init(includesDone: Bool? = nil, pageSize: Int? = nil, pageToken: String? = nil) {
        self.includesDone = includesDone
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = DestructionPage

    public static let contract = MethodContract(
        "vault.ListDestructions",
        documentation: "Lists destructions, newest first.",
        access: .permission("vault:destroy"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "includesDone": "Whether those are listed too that are done or expired.",
        "pageSize": "1 to 500; absent for 50.",
        "pageToken": "From the page before.",
    ]
}

/// Some destructions, newest first.
public struct DestructionPage: Codable, Hashable, Sendable, DocumentedFields {
    /// Newest first.
    public var destructions: [Destruction]
    /// Asks for the next page; absent on the last one.
    public var nextPageToken: String?

    /// Makes a page.
    public init(destructions: [Destruction], nextPageToken: String? = nil) {
        self.destructions = destructions
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "destructions": "Newest first.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
