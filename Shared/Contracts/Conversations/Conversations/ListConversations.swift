public import RPC

public import struct FoundationEssentials.UUID

/// Lists one's own conversations: pinned ones first, then by latest activity.
public struct ListConversations: UnaryMethod {
    /// True for archived conversations only; otherwise only the others.
    public var isArchived: Bool?
    /// Only conversations about this.
    public var contextType: ContextType?
    /// Only conversations about this one.
    public var contextID: UUID?
    /// 1 to 200; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for a page.
    public init(
        isArchived: Bool? = nil,
        contextType: ContextType? = nil,
        contextID: UUID? = nil,
        pageSize: Int? = nil,
        pageToken: String? = nil
    ) {
        self.isArchived = isArchived
        self.contextType = contextType
        self.contextID = contextID
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = ConversationPage

    public static let contract = MethodContract(
        "conversations.ListConversations",
        documentation: "Lists one's own conversations, pinned first, then by latest activity.",
        access: .signedIn,
        repeatability: .readOnly
    )

    public static let fieldDocumentation = [
        "isArchived": "True for archived conversations only; otherwise only the others.",
        "contextType": "Only conversations about this.",
        "contextID": "Only conversations about this one; needs a context type.",
        "pageSize": "1 to 200; absent for 50.",
        "pageToken": "From the page before, with the same filters.",
    ]
}

/// Some conversations, and how to get the next ones.
public struct ConversationPage: Codable, Hashable, Sendable, DocumentedFields {
    /// In order.
    public var conversations: [Conversation]
    /// Absent on the last page.
    public var nextPageToken: String?

    /// Makes a page.
    public init(conversations: [Conversation], nextPageToken: String? = nil) {
        self.conversations = conversations
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "conversations": "Pinned first, then by latest activity.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
