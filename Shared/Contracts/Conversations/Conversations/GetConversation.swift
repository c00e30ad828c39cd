public import RPC

public import struct FoundationEssentials.UUID

/// Reads one conversation of one's own.
public struct GetConversation: UnaryMethod {
    /// Which one.
    public var conversationID: UUID

    /// Asks for a conversation.
    public init(conversationID: UUID) { self.conversationID = conversationID }

    public typealias Reply = Conversation

    public static let contract = MethodContract(
        "conversations.GetConversation",
        documentation: "Reads one conversation, without its messages.",
        access: .signedIn,
        repeatability: .readOnly
    )

    public static let fieldDocumentation = ["conversationID": "Which conversation."]
}
