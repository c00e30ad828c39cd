public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// One thing that happened in a conversation.
public struct ConversationEvent: Codable, Hashable, Sendable, DocumentedFields {
    /// Which conversation.
    public var conversationID: UUID
    /// 1, 2, 3 … without a gap.
    public var position: Int64
    /// What happened; ignore kinds you do not know.
    public var kind: ConversationEventKind
    /// For `message_appended` and `message_edited`.
    public var message: Message?
    /// The fields that changed, with their new values; `cleared` names those that were emptied.
    public var changes: JSONValue?
    /// When it happened.
    public var createdAt: Date

    /// Makes an event.
    public init(
        conversationID: UUID,
        position: Int64,
        kind: ConversationEventKind,
        message: Message? = nil,
        changes: JSONValue? = nil,
        createdAt: Date
    ) {
        self.conversationID = conversationID
        self.position = position
        self.kind = kind
        self.message = message
        self.changes = changes
        self.createdAt = createdAt
    }

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "position": "1, 2, 3 … without a gap; the conversation's version once this has happened.",
        "kind": "What happened; ignore kinds you do not know.",
        "message": "The new message, for message_appended and message_edited.",
        "changes":
            "The conversation's fields that changed, with their new values; cleared names those "
            + "that were emptied.",
        "createdAt": "When it happened.",
    ]
}

/// What happened in a conversation.
public struct ConversationEventKind: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It began.
    public static let created = Self(rawValue: "created")
    /// It was imported; its messages are there already.
    public static let imported = Self(rawValue: "imported")
    /// It got another title.
    public static let renamed = Self(rawValue: "renamed")
    /// It went into the archive.
    public static let archived = Self(rawValue: "archived")
    /// It came out of the archive.
    public static let unarchived = Self(rawValue: "unarchived")
    /// It was pinned.
    public static let pinned = Self(rawValue: "pinned")
    /// It was unpinned.
    public static let unpinned = Self(rawValue: "unpinned")
    /// Model, instructions, settings, context or status changed.
    public static let updated = Self(rawValue: "updated")
    /// A message was added.
    public static let messageAppended = Self(rawValue: "message_appended")
    /// A message was written anew beside another.
    public static let messageEdited = Self(rawValue: "message_edited")
    /// Another branch became the active one.
    public static let branchSelected = Self(rawValue: "branch_selected")
    /// It was deleted; nothing follows.
    public static let deleted = Self(rawValue: "deleted")

    public static let knownCases: [Self] = [
        .created, .imported, .renamed, .archived, .unarchived, .pinned, .unpinned, .updated,
        .messageAppended, .messageEdited, .branchSelected, .deleted,
    ]
}
