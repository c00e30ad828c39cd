public import RPC

public import struct FoundationEssentials.UUID

/// Begins a conversation of one's own.
public struct CreateConversation: UnaryMethod, KeyedRequest {
    /// Absent for "Untitled N", where N rises with every such conversation of the person.
    public var title: String?
    /// Absent for `chat`.
    public var kind: ConversationKind?
    /// What it is about.
    public var contextType: ContextType?
    /// Which one; needed for `dashboard`.
    public var contextID: UUID?
    /// The provider that is to answer.
    public var provider: String?
    /// The model that is to answer.
    public var model: String?
    /// Instructions for the model.
    public var systemPrompt: String?
    /// 0 to 2.
    public var temperature: Double?
    /// In tokens.
    public var contextWindowSize: Int?
    /// An object.
    public var settings: JSONValue?
    /// An object.
    public var metadata: JSONValue?
    /// The same key makes one conversation, however often it is sent.
    public var idempotencyKey: String?

    /// Asks for a conversation.
    public init(
        title: String? = nil,
        kind: ConversationKind? = nil,
        contextType: ContextType? = nil,
        contextID: UUID? = nil,
        provider: String? = nil,
        model: String? = nil,
        systemPrompt: String? = nil,
        temperature: Double? = nil,
        contextWindowSize: Int? = nil,
        settings: JSONValue? = nil,
        metadata: JSONValue? = nil,
        idempotencyKey: String? = nil
    ) {
        self.title = title
        self.kind = kind
        self.contextType = contextType
        self.contextID = contextID
        self.provider = provider
        self.model = model
        self.systemPrompt = systemPrompt
        self.temperature = temperature
        self.contextWindowSize = contextWindowSize
        self.settings = settings
        self.metadata = metadata
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = Conversation

    public static let contract = MethodContract(
        "conversations.CreateConversation",
        documentation: "Begins a conversation; without a title it is called \"Untitled N\".",
        access: .signedIn,
        repeatability: .withKey,
        auditAction: "conversation_created"
    )

    public static let fieldDocumentation = [
        "title": "1 to 200 characters; absent for \"Untitled N\".",
        "kind": "Absent for chat.",
        "contextType": "What the conversation is about.",
        "contextID": "Which one; needed for dashboard, and only with a context type.",
        "provider": "The provider that is to answer, at most 100 characters.",
        "model": "The model that is to answer, at most 200 characters.",
        "systemPrompt": "Instructions for the model, at most 65,536 bytes.",
        "temperature": "0 to 2.",
        "contextWindowSize": "In tokens, 1 to 100,000,000.",
        "settings": "Preferences of this conversation: an object of at most 16,384 bytes as JSON.",
        "metadata": "Facts to attach: an object of at most 16,384 bytes as JSON.",
        "idempotencyKey":
            "1 to 128 characters; may also come as the call's own key. The same key makes one "
            + "conversation, also when its answer is kept no longer; then it is shown as it is.",
    ]
}
