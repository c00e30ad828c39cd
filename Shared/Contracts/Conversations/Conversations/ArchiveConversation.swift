public import RPC

public import struct FoundationEssentials.UUID

/// Puts a conversation into the archive, or takes it out again.
public struct ArchiveConversation: UnaryMethod {
    /// Which one.
    public var conversationID: UUID
    /// Absent for true.
    public var isArchived: Bool?

    /// Asks to archive, or not.
    public init(conversationID: UUID, isArchived: Bool? = nil) {
        self.conversationID = conversationID
        self.isArchived = isArchived
    }

    public typealias Reply = Conversation

    public static let contract = MethodContract(
        "conversations.ArchiveConversation",
        documentation: "Puts a conversation into the archive, or takes it out again.",
        access: .signedIn,
        repeatability: .idempotent,
        keyedAnswer: .kept
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "isArchived": "False takes it out of the archive; absent for true.",
    ]
}
