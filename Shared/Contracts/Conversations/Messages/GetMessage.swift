public import RPC

public import struct FoundationEssentials.UUID

/// Reads one message of one's own conversations.
public struct GetMessage: UnaryMethod {
    /// Which one.
    public var messageID: UUID

    /// Asks for a message.
    public init(messageID: UUID) { self.messageID = messageID }

    public typealias Reply = Message

    public static let contract = MethodContract(
        "conversations.GetMessage",
        documentation: "Reads one message.",
        access: .signedIn,
        repeatability: .readOnly
    )

    public static let fieldDocumentation = ["messageID": "Which message."]
}
