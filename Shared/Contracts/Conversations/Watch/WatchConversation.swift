public import RPC

public import struct FoundationEssentials.UUID

/// Follows what happens in a conversation, from any position on, without a gap and without repeats.
///
/// Every change has a position, 1, 2, 3 …, that equals the conversation's version after it.  Who
/// was cut off continues after the last position it has seen, on this or another instance of the
/// service.  The stream ends after `deleted`.
public struct WatchConversation: ServerStreamMethod {
    /// Which conversation.
    public var conversationID: UUID
    /// The position after which to continue; absent for the beginning.
    public var after: Int64?

    /// Asks for everything after a position.
    public init(conversationID: UUID, after: Int64? = nil) {
        self.conversationID = conversationID
        self.after = after
    }

    public typealias Element = ConversationEvent

    public static let contract = MethodContract(
        "conversations.WatchConversation",
        documentation:
            "Streams what happens in a conversation, from any position on, without gaps.",
        access: .signedIn,
        repeatability: .readOnly,
        isEndless: true
    )

    public static let fieldDocumentation = [
        "conversationID": "Which conversation.",
        "after":
            "Position after which to continue: 0 or absent for the beginning, a "
            + "conversation's version for what comes next.",
    ]
}
