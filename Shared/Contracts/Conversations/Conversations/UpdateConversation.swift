public import RPC

public import struct FoundationEssentials.UUID

/// Changes how a conversation is held: model, instructions, settings, status.
public struct UpdateConversation: UnaryMethod {
    /// Which one.
    public var conversationID: UUID
    /// A new status; ending it notes the time.
    public var status: ConversationStatus?
    /// What it is about.
    public var contextType: ContextType?
    /// Which one.
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
    /// Replaces all settings.
    public var settings: JSONValue?
    /// Replaces all metadata.
    public var metadata: JSONValue?
    /// Fields to leave empty from now on.
    public var cleared: [String]?
    /// Refuse if the conversation has changed since this version.
    public var expectedVersion: Int64?

    /// Asks for changes; what is absent stays as it is.
    public init(
        conversationID: UUID,
        status: ConversationStatus? = nil,
        contextType: ContextType? = nil,
        contextID: UUID? = nil,
        provider: String? = nil,
        model: String? = nil,
        systemPrompt: String? = nil,
        temperature: Double? = nil,
        contextWindowSize: Int? = nil,
        settings: JSONValue? = nil,
        metadata: JSONValue? = nil,
        cleared: [String]? = nil,
        expectedVersion: Int64? = nil
    ) {
        self.conversationID = conversationID
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
        self.cleared = cleared
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = Conversation

    public static let contract = MethodContract(
        "conversations.UpdateConversation",
        documentation:
            "Changes model, instructions, settings, context or status of a conversation.",
        access: .signedIn,
        repeatability: .idempotent,
        keyedAnswer: .kept
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "status": "ended and transferred note the time; active takes it back.",
        "contextType": "What the conversation is about.",
        "contextID": "Which one; needed for dashboard, and only with a context type.",
        "provider": "The provider that is to answer, at most 100 characters.",
        "model": "The model that is to answer, at most 200 characters.",
        "systemPrompt": "Instructions for the model, at most 65,536 bytes.",
        "temperature": "0 to 2.",
        "contextWindowSize": "In tokens, 1 to 100,000,000.",
        "settings": "Replaces all settings: an object of at most 16,384 bytes as JSON.",
        "metadata": "Replaces all metadata: an object of at most 16,384 bytes as JSON.",
        "cleared":
            "Names of fields to empty: contextType, contextID, provider, model, "
            + "systemPrompt, temperature, contextWindowSize.",
        "expectedVersion": "Refuse if the conversation has changed since this version.",
    ]
}
