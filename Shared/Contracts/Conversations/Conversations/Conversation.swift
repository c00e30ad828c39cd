public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// A conversation without its messages.
public struct Conversation: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7, made by the service.
    public var id: UUID
    /// Whose it is; nobody else can see it.
    public var ownerID: UUID
    /// What lists show.
    public var title: String
    /// The N of a title "Untitled N" that nobody has changed yet.
    public var untitledNumber: Int?
    /// Typed or spoken.
    public var kind: ConversationKind
    /// Whether it goes on.
    public var status: ConversationStatus
    /// What the conversation is about.
    public var contextType: ContextType?
    /// Which one, such as a dashboard's id.
    public var contextID: UUID?
    /// The provider that answers, such as `anthropic`.
    public var provider: String?
    /// The model that answers.
    public var model: String?
    /// The instructions given to the model.
    public var systemPrompt: String?
    /// 0 to 2.
    public var temperature: Double?
    /// In tokens.
    public var contextWindowSize: Int?
    /// Preferences of this conversation.
    public var settings: JSONValue
    /// Facts that callers attached.
    public var metadata: JSONValue
    /// Kept out of the usual list.
    public var isArchived: Bool
    /// Listed before all others.
    public var isPinned: Bool
    /// The leaf of the branch that is shown, and the parent of the next message.
    public var activeLeafID: UUID?
    /// Messages in all branches.
    public var messageCount: Int64
    /// Rises by one with every change; the position of the latest event of `WatchConversation`.
    public var version: Int64
    /// When it began.
    public var startedAt: Date
    /// When it was ended or transferred.
    public var endedAt: Date?
    /// From beginning to end, once it has ended.
    public var durationSeconds: Int64?
    /// When the latest message was added.
    public var lastMessageAt: Date?
    /// When it was made here, or where it was imported from.
    public var createdAt: Date
    /// When anything of it changed last.
    public var updatedAt: Date
    /// The format it was imported from, such as `openwebui`.
    public var sourceFormat: String?
    /// Its id in the file it was imported from.
    public var sourceID: String?

    /// Makes a conversation.
    public init(
        id: UUID,
        ownerID: UUID,
        title: String,
        untitledNumber: Int? = nil,
        kind: ConversationKind = .chat,
        status: ConversationStatus = .active,
        contextType: ContextType? = nil,
        contextID: UUID? = nil,
        provider: String? = nil,
        model: String? = nil,
        systemPrompt: String? = nil,
        temperature: Double? = nil,
        contextWindowSize: Int? = nil,
        settings: JSONValue = .object([:]),
        metadata: JSONValue = .object([:]),
        isArchived: Bool = false,
        isPinned: Bool = false,
        activeLeafID: UUID? = nil,
        messageCount: Int64 = 0,
        version: Int64 = 1,
        startedAt: Date,
        endedAt: Date? = nil,
        durationSeconds: Int64? = nil,
        lastMessageAt: Date? = nil,
        createdAt: Date,
        updatedAt: Date,
        sourceFormat: String? = nil,
        sourceID: String? = nil
    ) {
        self.id = id
        self.ownerID = ownerID
        self.title = title
        self.untitledNumber = untitledNumber
        self.kind = kind
        self.status = status
        self.contextType = contextType
        self.contextID = contextID
        self.provider = provider
        self.model = model
        self.systemPrompt = systemPrompt
        self.temperature = temperature
        self.contextWindowSize = contextWindowSize
        self.settings = settings
        self.metadata = metadata
        self.isArchived = isArchived
        self.isPinned = isPinned
        self.activeLeafID = activeLeafID
        self.messageCount = messageCount
        self.version = version
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.durationSeconds = durationSeconds
        self.lastMessageAt = lastMessageAt
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.sourceFormat = sourceFormat
        self.sourceID = sourceID
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7, made by the service.",
        "ownerID": "Whose it is; nobody else can see it.",
        "title": "What lists show, 1 to 200 characters.",
        "untitledNumber": "The N of a title \"Untitled N\" that nobody has changed yet.",
        "kind": "Typed or spoken.",
        "status": "Whether it goes on.",
        "contextType": "What the conversation is about.",
        "contextID": "Which one of them, such as a dashboard's id.",
        "provider": "The provider that answers, such as anthropic.",
        "model": "The model that answers.",
        "systemPrompt": "The instructions given to the model, at most 65,536 bytes.",
        "temperature": "0 to 2.",
        "contextWindowSize": "In tokens, 1 to 100,000,000.",
        "settings": "Preferences of this conversation: an object of at most 16,384 bytes as JSON.",
        "metadata": "Facts that callers attached: an object of at most 16,384 bytes as JSON.",
        "isArchived": "Kept out of the usual list.",
        "isPinned": "Listed before all others.",
        "activeLeafID": "The leaf of the branch that is shown, and the parent of the next message.",
        "messageCount": "Messages in all branches.",
        "version": "Rises by one with every change; the position of the latest event.",
        "startedAt": "When it began.",
        "endedAt": "When it was ended or transferred.",
        "durationSeconds": "From beginning to end, once it has ended.",
        "lastMessageAt": "When the latest message was added.",
        "createdAt": "When it was made here, or where it was imported from.",
        "updatedAt": "When anything of it changed last.",
        "sourceFormat": "The format it was imported from, such as openwebui.",
        "sourceID": "Its id in the file it was imported from.",
    ]
}

/// Whether a conversation is typed or spoken.
public struct ConversationKind: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Typed.
    public static let chat = Self(rawValue: "chat")
    /// Spoken.
    public static let voice = Self(rawValue: "voice")

    public static let knownCases: [Self] = [.chat, .voice]
}

/// Whether a conversation goes on.
///
/// From `ended` and `transferred` it may become `active` again.
public struct ConversationStatus: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// It goes on; left for `ended` or `transferred`.
    public static let active = Self(rawValue: "active")
    /// It is over.
    public static let ended = Self(rawValue: "ended")
    /// A person took it over elsewhere.
    public static let transferred = Self(rawValue: "transferred")

    public static let knownCases: [Self] = [.active, .ended, .transferred]
}

/// What a conversation is about.
public struct ContextType: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// One dashboard; the context id names it.
    public static let dashboard = Self(rawValue: "dashboard")
    /// A workspace.
    public static let workspace = Self(rawValue: "workspace")
    /// Everything.
    public static let global = Self(rawValue: "global")

    public static let knownCases: [Self] = [.dashboard, .workspace, .global]
}
