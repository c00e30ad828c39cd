internal import RPC

/// What the methods refuse, each with its stable reason.
extension RPCError {
    /// A conversation or message that is not there, or is somebody else's: nobody can tell which.
    static let conversationNotFound = RPCError(
        .notFound,
        reason: "conversations.not_found",
        message: "There is no such conversation or message."
    )

    /// A message that is not part of the conversation.
    static let messageNotInConversation = RPCError(
        .notFound,
        reason: "conversations.message_not_found",
        message: "The conversation has no such message."
    )

    /// The conversation has changed since the version that the caller expected.
    static let versionConflict = RPCError(
        .aborted,
        reason: "conversations.version_conflict",
        message: "The conversation has changed since; read it again."
    )

    /// A field whose value is not allowed.
    static func invalid(_ field: String, _ message: String) -> RPCError {
        RPCError(
            .invalidArgument,
            reason: "conversations.field_invalid",
            message: "\(field): \(message)",
            details: ["field": field]
        )
    }
}
