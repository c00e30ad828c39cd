public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Adds a message to a conversation; with an idempotency key once, however often it is sent.
public struct AppendMessage: UnaryMethod, KeyedRequest {
    /// Where to.
    public var conversationID: UUID
    /// The message to follow; absent for the active leaf.
    public var parentID: UUID?
    /// Whose turn it is.
    public var role: MessageRole
    /// The text.
    public var text: String
    /// Rich content.
    public var parts: [JSONValue]?
    /// Absent for `text`.
    public var type: MessageType?
    /// Where the image, sound or file is.
    public var mediaURL: String?
    /// In bytes.
    public var mediaSize: Int64?
    /// Its media type.
    public var mediaType: String?
    /// Absent for what the role suggests.
    public var senderType: SenderType?
    /// Which agent or person sent it.
    public var senderID: UUID?
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
    public var isError: Bool?
    /// Why it failed; only with `isError`.
    public var errorDetails: JSONValue?
    /// The tool execution that it asked for or reports.
    public var toolExecutionID: UUID?
    /// Where its outputs were placed.
    public var outputRouting: JSONValue?
    /// Facts to attach.
    public var metadata: JSONValue?
    /// When its processing ended.
    public var processedAt: Date?
    /// The same key stores one message, however often it is sent.
    public var idempotencyKey: String?

    /// Asks to add a message.
    public init(
        conversationID: UUID,
        parentID: UUID? = nil,
        role: MessageRole,
        text: String,
        parts: [JSONValue]? = nil,
        type: MessageType? = nil,
        mediaURL: String? = nil,
        mediaSize: Int64? = nil,
        mediaType: String? = nil,
        senderType: SenderType? = nil,
        senderID: UUID? = nil,
        provider: String? = nil,
        model: String? = nil,
        tokenCount: Int? = nil,
        inputTokenCount: Int? = nil,
        outputTokenCount: Int? = nil,
        isError: Bool? = nil,
        errorDetails: JSONValue? = nil,
        toolExecutionID: UUID? = nil,
        outputRouting: JSONValue? = nil,
        metadata: JSONValue? = nil,
        processedAt: Date? = nil,
        idempotencyKey: String? = nil
    ) {
        self.conversationID = conversationID
        self.parentID = parentID
        self.role = role
        self.text = text
        self.parts = parts
        self.type = type
        self.mediaURL = mediaURL
        self.mediaSize = mediaSize
        self.mediaType = mediaType
        self.senderType = senderType
        self.senderID = senderID
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
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = StoredMessage

    public static let contract = MethodContract(
        "conversations.AppendMessage",
        documentation:
            "Adds a message after the active leaf or a named parent; with a key, exactly once.",
        access: .signedIn,
        repeatability: .withKey
    )

    public static let fieldDocumentation = [
        "conversationID": "Where to.",
        "parentID": "The message to follow; absent for the active leaf.",
        "role": "Whose turn it is.",
        "text":
            "At most 1,048,576 bytes, without NUL; may be empty only beside parts, media "
            + "or an error.",
        "parts":
            "Rich content in order: objects, each with a type; at most 1,048,576 bytes as "
            + "JSON.",
        "type": "What it carries beside its text; absent for text.",
        "mediaURL":
            "Where the image, sound or file is, at most 2,048 bytes; needs a type other "
            + "than text.",
        "mediaSize": "Its size in bytes.",
        "mediaType": "Its media type, such as image/png, at most 255 bytes.",
        "senderType": "Absent for user, ai or system, as the role suggests.",
        "senderID": "Which agent or person sent it, where that is not the caller.",
        "provider": "The provider that wrote it, at most 100 characters.",
        "model": "The model that wrote it, at most 200 characters.",
        "tokenCount": "The message's own length in tokens.",
        "inputTokenCount": "Tokens that the model read to write it.",
        "outputTokenCount": "Tokens that the model wrote.",
        "isError": "Whether it stands for an answer that failed.",
        "errorDetails":
            "Why it failed: an object of at most 65,536 bytes as JSON; only with isError.",
        "toolExecutionID": "The tool execution that it asked for or reports.",
        "outputRouting":
            "Where its outputs were placed: an object of at most 16,384 bytes as JSON.",
        "metadata": "Facts to attach: an object of at most 65,536 bytes as JSON.",
        "processedAt": "When its processing ended.",
        "idempotencyKey":
            "1 to 128 characters; may also come as the call's own key. Kept for 8 days; "
            + "the same key with another request is refused.",
    ]
}

/// A message as it was stored, and what that made of the conversation.
public struct StoredMessage: Codable, Hashable, Sendable, DocumentedFields {
    /// The message.
    public var message: Message
    /// The version of the conversation that the message brought about.
    public var conversationVersion: Int64
    /// Whether an earlier call with the same key had stored it.
    public var isRepeated: Bool

    /// Makes a reply.
    public init(message: Message, conversationVersion: Int64, isRepeated: Bool) {
        self.message = message
        self.conversationVersion = conversationVersion
        self.isRepeated = isRepeated
    }

    public static let fieldDocumentation = [
        "message": "The message as stored.",
        "conversationVersion":
            "The version that the message brought about: its position among the events.",
        "isRepeated": "Whether an earlier call with the same key had stored it.",
    ]
}
