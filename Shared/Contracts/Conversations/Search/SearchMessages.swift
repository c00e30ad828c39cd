public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Finds messages in one's own conversations by their words, best first (BM25).
public struct SearchMessages: UnaryMethod {
    /// Words, `"phrases"`, `-excluded`, `begin*`.
    public var query: String
    /// Only in this conversation.
    public var conversationID: UUID?
    /// Only messages of these roles.
    public var roles: [MessageRole]?
    /// Only messages written by this model.
    public var model: String?
    /// Only conversations about this.
    public var contextType: ContextType?
    /// Only conversations about this one.
    public var contextID: UUID?
    /// Only in archived conversations, or only in the others; absent for both.
    public var isArchived: Bool?
    /// Only messages from this time on.
    public var createdFrom: Date?
    /// Only messages before this time.
    public var createdBefore: Date?
    /// 1 to 50; absent for 20.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for messages.
    public init(
        query: String,
        conversationID: UUID? = nil,
        roles: [MessageRole]? = nil,
        model: String? = nil,
        contextType: ContextType? = nil,
        contextID: UUID? = nil,
        isArchived: Bool? = nil,
        createdFrom: Date? = nil,
        createdBefore: Date? = nil,
        pageSize: Int? = nil,
        pageToken: String? = nil
    ) {
        self.query = query
        self.conversationID = conversationID
        self.roles = roles
        self.model = model
        self.contextType = contextType
        self.contextID = contextID
        self.isArchived = isArchived
        self.createdFrom = createdFrom
        self.createdBefore = createdBefore
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = MessageHitPage

    public static let contract = MethodContract(
        "conversations.SearchMessages",
        documentation: "Finds messages in one's own conversations by their words, best first.",
        access: .signedIn,
        repeatability: .readOnly
    )

    public static let fieldDocumentation = [
        "query":
            "Words of which any may occur, \"phrases\" that must occur, -words that must "
            + "not, begin* for beginnings; at most 1,000 characters.",
        "conversationID": "Only in this conversation.",
        "roles": "Only messages of these roles.",
        "model": "Only messages written by this model.",
        "contextType": "Only in conversations about this.",
        "contextID": "Only in conversations about this one; needs a context type.",
        "isArchived": "Only in archived conversations, or only in the others; absent for both.",
        "createdFrom": "Only messages from this time on.",
        "createdBefore": "Only messages before this time.",
        "pageSize": "1 to 50; absent for 20.",
        "pageToken": "From the page before, with the same query and filters.",
    ]
}

/// Some messages that were found, best first.
public struct MessageHitPage: Codable, Hashable, Sendable, DocumentedFields {
    /// Best first.
    public var hits: [MessageHit]
    /// Absent on the last page; at most 1,000 hits are listed.
    public var nextPageToken: String?

    /// Makes a page.
    public init(hits: [MessageHit], nextPageToken: String? = nil) {
        self.hits = hits
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "hits": "Best first.",
        "nextPageToken": "Asks for the next page; absent on the last one and after 1,000 hits.",
    ]
}

/// One message that was found.
public struct MessageHit: Codable, Hashable, Sendable, DocumentedFields {
    /// The message.
    public var messageID: UUID
    /// Where it is.
    public var conversationID: UUID
    /// What that is called.
    public var conversationTitle: String
    /// Whose turn it was.
    public var role: MessageRole
    /// When it was written.
    public var createdAt: Date
    /// The words around the finds, which stand between `**`.
    public var snippet: String
    /// BM25; comparable within one search only.
    public var score: Double

    /// Makes a hit.
    public init(
        messageID: UUID,
        conversationID: UUID,
        conversationTitle: String,
        role: MessageRole,
        createdAt: Date,
        snippet: String,
        score: Double
    ) {
        self.messageID = messageID
        self.conversationID = conversationID
        self.conversationTitle = conversationTitle
        self.role = role
        self.createdAt = createdAt
        self.snippet = snippet
        self.score = score
    }

    public static let fieldDocumentation = [
        "messageID": "The message that was found.",
        "conversationID": "Where it is.",
        "conversationTitle": "What that conversation is called.",
        "role": "Whose turn it was.",
        "createdAt": "When it was written.",
        "snippet": "The words around what was found, which stands between **.",
        "score": "BM25; comparable within one search only.",
    ]
}
