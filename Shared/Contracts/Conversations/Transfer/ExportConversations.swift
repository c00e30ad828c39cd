public import RPC

public import struct FoundationEssentials.UUID

/// Writes one's own conversations as a file in Steward's format.
public struct ExportConversations: ServerStreamMethod {
    /// Which ones; absent for all.
    public var conversationIDs: [UUID]?

    /// Asks for a file.
    public init(conversationIDs: [UUID]? = nil) { self.conversationIDs = conversationIDs }

    public typealias Element = FileChunk

    public static let contract = MethodContract(
        "conversations.ExportConversations",
        documentation: "Streams one's own conversations as a file in Steward's JSON format.",
        access: .signedIn,
        repeatability: .readOnly,
        auditAction: "messages_exported"
    )

    public static let fieldDocumentation = [
        "conversationIDs":
            "Which conversations, at most 1,000; absent for all, archived ones among them."
    ]
}
