public import RPC

public import struct FoundationEssentials.UUID

/// Makes another branch the one that is shown and continued.
public struct SelectBranch: UnaryMethod {
    /// Which conversation.
    public var conversationID: UUID
    /// The message at which the branch ends.
    public var leafID: UUID
    /// Refuse if the conversation has changed since this version.
    public var expectedVersion: Int64?

    /// Asks for a branch.
    public init(conversationID: UUID, leafID: UUID, expectedVersion: Int64? = nil) {
        self.conversationID = conversationID
        self.leafID = leafID
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = Conversation

    public static let contract = MethodContract(
        "conversations.SelectBranch",
        documentation: "Makes the branch that ends at a message the active one.",
        access: .signedIn,
        repeatability: .idempotent,
        keyedAnswer: .kept
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "leafID": "The message at which the branch ends; any message of the conversation.",
        "expectedVersion": "Refuse if the conversation has changed since this version.",
    ]
}
