public import RPC

public import struct FoundationEssentials.UUID

/// Lists a conversation before all others, or no longer.
public struct PinConversation: UnaryMethod {
    /// Which one.
    public var conversationID: UUID
    /// Absent for true.
    public var isPinned: Bool?

    /// Asks to pin, or not.
    public init(conversationID: UUID, isPinned: Bool? = nil) {
        self.conversationID = conversationID
        self.isPinned = isPinned
    }

    public typealias Reply = Conversation

    public static let contract = MethodContract(
        "conversations.PinConversation",
        documentation: "Lists a conversation before all others, or no longer.",
        access: .signedIn,
        repeatability: .idempotent,
        keyedAnswer: .kept
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "isPinned": "False unpins it; absent for true.",
    ]
}
