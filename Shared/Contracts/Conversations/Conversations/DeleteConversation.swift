public import RPC

public import struct FoundationEssentials.UUID

/// Deletes a conversation with all its messages, for good.
public struct DeleteConversation: UnaryMethod {
    /// Which one.
    public var conversationID: UUID
    /// Refuse if the conversation has changed since this version.
    public var expectedVersion: Int64?

    /// Asks to delete a conversation.
    public init(conversationID: UUID, expectedVersion: Int64? = nil) {
        self.conversationID = conversationID
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "conversations.DeleteConversation",
        documentation:
            "Deletes a conversation with all its messages; it is gone at once, its rows "
            + "soon after.",
        access: .signedIn,
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "conversation_deleted"
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation; one that is gone answers not_found.",
        "expectedVersion": "Refuse if the conversation has changed since this version.",
    ]
}
