public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// One message.
///
/// It never changes: an edit is another message beside it in the tree.
public struct Message: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7, made by the service.
    public var id: UUID
    /// Where it belongs.
    public var conversationID: UUID
    /// The message it answers or follows; absent for the first of a branch from the beginning.
    public var parentID: UUID?
    /// The message that this one was written to replace.
    public var editedFromID: UUID?
    /// 1, 2, 3 … in the order of arrival; a parent's is smaller than its child's.
    public var sequence: Int64
    /// Whose turn it is, as models know it.
    public var role: MessageRole
    /// What sent it.
    public var senderType: SenderType
    /// Which agent or person sent it, where that is not the author.
    public var senderID: UUID?
    /// The person on whose behalf it was stored.
    public var authorID: UUID
    /// What it carries beside its text.
    public var type: MessageType
    /// The text; what search finds.
    public var text: String
    /// Rich content, in order.
    public var parts: [JSONValue]?
    /// Where the image, sound or file is.
    public var mediaURL: String?
    /// In bytes.
    public var mediaSize: Int64?
    /// Its media type, such as `image/png`.
    public var mediaType: String?
    /// SHA-256 of role, type, text, parts and media in deterministic CBOR.
    public var contentHash: Data
    /// The provider that wrote it.
    public var provider: String?
    /// The model that wrote it.
    public var model: String?
    /// The message's own length in tokens.
    public var tokenCount: Int?
    /// Tokens that the model read to write it.
    public var inputTokenCount: Int?
    /// Tokens that the model wrote.
    public var outputTokenCount: Int?
    /// Whether it stands for an answer that failed.
    public var isError: Bool
    /// Why it failed.
    public var errorDetails: JSONValue?
    /// The tool execution that it asked for or reports.
    public var toolExecutionID: UUID?
    /// Where its outputs were placed.
    public var outputRouting: JSONValue?
    /// Facts that callers attached.
    public var metadata: JSONValue
    /// When its processing ended.
    public var processedAt: Date?
    /// When it was stored here, or written where it was imported from.
    public var createdAt: Date

    /// Makes a message.
    public init(
        id: UUID,
        conversationID: UUID,
        parentID: UUID? = nil,
        editedFromID: UUID? = nil,
        sequence: Int64,
        role: MessageRole,
        senderType: SenderType,
        senderID: UUID? = nil,
        authorID: UUID,
        type: MessageType = .text,
        text: String,
        parts: [JSONValue]? = nil,
        mediaURL: String? = nil,
        mediaSize: Int64? = nil,
        mediaType: String? = nil,
        contentHash: Data,
        provider: String? = nil,
        model: String? = nil,
        tokenCount: Int? = nil,
        inputTokenCount: Int? = nil,
        outputTokenCount: Int? = nil,
        isError: Bool = false,
        errorDetails: JSONValue? = nil,
        toolExecutionID: UUID? = nil,
        outputRouting: JSONValue? = nil,
        metadata: JSONValue = .object([:]),
        processedAt: Date? = nil,
        createdAt: Date
    ) {
        self.id = id
        self.conversationID = conversationID
        self.parentID = parentID
        self.editedFromID = editedFromID
        self.sequence = sequence
        self.role = role
        self.senderType = senderType
        self.senderID = senderID
        self.authorID = authorID
        self.type = type
        self.text = text
        self.parts = parts
        self.mediaURL = mediaURL
        self.mediaSize = mediaSize
        self.mediaType = mediaType
        self.contentHash = contentHash
        self.provider = provider
        self.model = model
        self.tokenCount = tokenCount
        self.inputTokenCount = inputTokenCount
        self.outputTokenCount = outputTokenCount
        self.isError = isError
        self.errorDetails = errorDetails
        self.toolExecutionID = toolExecutionID
        self.outputRouting = outputRouting
        self.metadata = metadata
        self.processedAt = processedAt
        self.createdAt = createdAt
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7, made by the service.",
        "conversationID": "Where it belongs.",
        "parentID": "The message it follows; absent at the root of the tree.",
        "editedFromID": "The message that this one was written to replace.",
        "sequence": "1, 2, 3 … in the order of arrival over all branches.",
        "role": "Whose turn it is, as models know it.",
        "senderType": "What sent it.",
        "senderID": "Which agent or person sent it, where that is not the author.",
        "authorID": "The person on whose behalf it was stored.",
        "type": "What it carries beside its text.",
        "text": "The text; what search finds.",
        "parts": "Rich content in order: objects, each with a type.",
        "mediaURL": "Where the image, sound or file is.",
        "mediaSize": "Its size in bytes.",
        "mediaType": "Its media type, such as image/png.",
        "contentHash": "SHA-256 of role, type, text, parts and media in deterministic CBOR.",
        "provider": "The provider that wrote it.",
        "model": "The model that wrote it.",
        "tokenCount": "The message's own length in tokens.",
        "inputTokenCount": "Tokens that the model read to write it.",
        "outputTokenCount": "Tokens that the model wrote.",
        "isError": "Whether it stands for an answer that failed.",
        "errorDetails": "Why it failed: an object.",
        "toolExecutionID": "The tool execution that it asked for or reports.",
        "outputRouting": "Where its outputs were placed: an object.",
        "metadata": "Facts that callers attached: an object.",
        "processedAt": "When its processing ended.",
        "createdAt": "When it was stored here, or written where it was imported from.",
    ]
}

/// Whose turn a message is, as models know it.
public struct MessageRole: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The person.
    public static let user = Self(rawValue: "user")
    /// The model.
    public static let assistant = Self(rawValue: "assistant")
    /// Instructions.
    public static let system = Self(rawValue: "system")
    /// A tool's result.
    public static let tool = Self(rawValue: "tool")

    public static let knownCases: [Self] = [.user, .assistant, .system, .tool]
}

/// What sent a message.
public struct SenderType: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// A person.
    public static let user = Self(rawValue: "user")
    /// A model.
    public static let ai = Self(rawValue: "ai")
    /// An agent, or the person to whom a conversation was transferred.
    public static let agent = Self(rawValue: "agent")
    /// The system itself, or a tool.
    public static let system = Self(rawValue: "system")

    public static let knownCases: [Self] = [.user, .ai, .agent, .system]
}

/// What a message carries beside its text.
public struct MessageType: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Nothing else.
    public static let text = Self(rawValue: "text")
    /// An image.
    public static let image = Self(rawValue: "image")
    /// Sound.
    public static let audio = Self(rawValue: "audio")
    /// Any other file.
    public static let file = Self(rawValue: "file")

    public static let knownCases: [Self] = [.text, .image, .audio, .file]
}
