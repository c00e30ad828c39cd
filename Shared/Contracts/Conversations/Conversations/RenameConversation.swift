public import RPC

public import struct FoundationEssentials.UUID

/// Gives a conversation another title.
public struct RenameConversation: UnaryMethod {
    /// Which one.
    public var conversationID: UUID
    /// 1 to 200 characters.
    public var title: String
    /// Refuse if the conversation has changed since this version.
    public var expectedVersion: Int64?

    /// Asks for another title.
    public init(conversationID: UUID, title: String, expectedVersion: Int64? = nil) {
        self.conversationID = conversationID
        self.title = title
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = Conversation

    public static let contract = MethodContract(
        "conversations.RenameConversation",
        documentation: "Gives a conversation another title.",
        access: .signedIn,
        repeatability: .idempotent,
        keyedAnswer: .kept
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "title": "The new title, 1 to 200 characters.",
        "expectedVersion": "Refuse if the conversation has changed since this version.",
    ]
}
