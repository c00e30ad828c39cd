public import RPC

public import struct FoundationEssentials.UUID

/// Writes another version of a message beside it in the tree; the original stays as it is.
public struct EditMessage: UnaryMethod, KeyedRequest {
    /// The message to write anew.
    public var messageID: UUID
    /// The new text.
    public var text: String
    /// The new rich content; absent for none.
    public var parts: [JSONValue]?
    /// Facts to attach; absent for those of the original.
    public var metadata: JSONValue?
    /// The model that wrote the new version; absent for none.
    public var model: String?
    /// Its length in tokens.
    public var tokenCount: Int?
    /// Refuse if the conversation has changed since this version.
    public var expectedVersion: Int64?
    /// The same key stores one message, however often it is sent.
    public var idempotencyKey: String?

    /// Asks to write a message anew.
    public init(
        messageID: UUID,
        text: String,
        parts: [JSONValue]? = nil,
        metadata: JSONValue? = nil,
        model: String? = nil,
        tokenCount: Int? = nil,
        expectedVersion: Int64? = nil,
        idempotencyKey: String? = nil
    ) {
        self.messageID = messageID
        self.text = text
        self.parts = parts
        self.metadata = metadata
        self.model = model
        self.tokenCount = tokenCount
        self.expectedVersion = expectedVersion
        self.idempotencyKey = idempotencyKey
    }

    public typealias Reply = StoredMessage

    public static let contract = MethodContract(
        "conversations.EditMessage",
        documentation:
            "Writes a message anew beside the original, which stays, and makes it the active leaf.",
        access: .signedIn,
        repeatability: .withKey
    )

    public static let fieldDocumentation = [
        "messageID": "The message to write anew; role, sender, type and media are taken from it.",
        "text": "The new text, at most 1,048,576 bytes.",
        "parts": "The new rich content; absent for none.",
        "metadata": "Facts to attach; absent for those of the original.",
        "model": "The model that wrote the new version.",
        "tokenCount": "The new version's length in tokens.",
        "expectedVersion": "Refuse if the conversation has changed since this version.",
        "idempotencyKey": "As for AppendMessage.",
    ]
}
