public import RPC

public import struct FoundationEssentials.UUID

/// Lists the messages along one branch, or all messages of the tree.
public struct ListMessages: UnaryMethod {
    /// Which conversation.
    public var conversationID: UUID
    /// Absent for `branch`.
    public var scope: MessageScope?
    /// The leaf of the branch; absent for the active one.
    public var leafID: UUID?
    /// Absent for `oldest_first`.
    public var direction: ListDirection?
    /// 1 to 200; absent for 50.
    public var pageSize: Int?
    /// From the page before.
    public var pageToken: String?

    /// Asks for a page.
    public init(
        conversationID: UUID,
        scope: MessageScope? = nil,
        leafID: UUID? = nil,
        direction: ListDirection? = nil,
        pageSize: Int? = nil,
        pageToken: String? = nil
    ) {
        self.conversationID = conversationID
        self.scope = scope
        self.leafID = leafID
        self.direction = direction
        self.pageSize = pageSize
        self.pageToken = pageToken
    }

    public typealias Reply = MessagePage

    public static let contract = MethodContract(
        "conversations.ListMessages",
        documentation: "Lists messages along one branch, or of the whole tree.",
        access: .signedIn,
        repeatability: .readOnly
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "scope": "One branch or the whole tree; absent for branch.",
        "leafID": "The last message of the branch; absent for the active leaf.",
        "direction":
            "Absent for oldest_first. newest_first costs no more in a long branch than in "
            + "a short one.",
        "pageSize": "1 to 200; absent for 50. A page also ends after 1 MiB.",
        "pageToken": "From the page before, with the same conversation, scope, leaf and direction.",
    ]
}

/// Which messages of a conversation are meant.
public struct MessageScope: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// From the root to one leaf.
    public static let branch = Self(rawValue: "branch")
    /// All of them, in the order of arrival.
    public static let tree = Self(rawValue: "tree")

    public static let knownCases: [Self] = [.branch, .tree]
}

/// In which order a list goes.
public struct ListDirection: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// From the beginning.
    public static let oldestFirst = Self(rawValue: "oldest_first")
    /// From the end.
    public static let newestFirst = Self(rawValue: "newest_first")

    public static let knownCases: [Self] = [.oldestFirst, .newestFirst]
}

/// Some messages, and how to get the next ones.
public struct MessagePage: Codable, Hashable, Sendable, DocumentedFields {
    /// In the order asked for.
    public var messages: [Message]
    /// Absent on the last page.
    public var nextPageToken: String?

    /// Makes a page.
    public init(messages: [Message], nextPageToken: String? = nil) {
        self.messages = messages
        self.nextPageToken = nextPageToken
    }

    public static let fieldDocumentation = [
        "messages": "In the order asked for.",
        "nextPageToken": "Asks for the next page; absent on the last one.",
    ]
}
