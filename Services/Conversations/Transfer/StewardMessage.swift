internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.UUID

/// A message in Steward's own format.
struct StewardMessage {
    /// The message, ready to be staged.
    let imported: ImportedMessage

    /// Reads a message.
    ///
    /// - Throws: an ``ImportRefusal``, or the ``RPCError`` of the rule that it breaks.
    init(_ value: JSONValue) throws {
        let fields = try FileFields(value, "A message")
        guard let sourceID = try fields.identifier("id") else {
            throw ImportRefusal("import_malformed", "id is missing.")
        }
        let request = AppendMessage(
            // The rules look at the content only; the conversation is yet to be made.
            conversationID: UUID(),
            role: MessageRole(rawValue: try fields.requiredString("role")),
            text: try fields.string("text") ?? "",
            parts: try fields.array("parts"),
            type: try fields.string("type").map(MessageType.init),
            mediaURL: try fields.string("mediaURL"),
            mediaSize: try fields.integer("mediaSize"),
            mediaType: try fields.string("mediaType"),
            senderType: try fields.string("senderType").map(SenderType.init),
            senderID: try fields.uuid("senderID"),
            provider: try fields.string("provider"),
            model: try fields.string("model"),
            tokenCount: try fields.count("tokenCount"),
            inputTokenCount: try fields.count("inputTokenCount"),
            outputTokenCount: try fields.count("outputTokenCount"),
            isError: try fields.boolean("isError"),
            errorDetails: fields["errorDetails"],
            toolExecutionID: try fields.uuid("toolExecutionID"),
            outputRouting: fields["outputRouting"],
            metadata: fields["metadata"],
            processedAt: try fields.date("processedAt")
        )
        let draft = try MessageRules.draft(for: request, mayBeEmpty: true)
        if let hash = try fields.string("contentHash"),
            draft.columns["content_hash"]?.string != "\\x" + hash.lowercased()
        {
            throw ImportRefusal(
                "import_damaged",
                "Its content is not what its contentHash says."
            )
        }
        self.imported = ImportedMessage(
            sourceID: sourceID,
            parentSourceID: try fields.identifier("parentID"),
            editedFromSourceID: try fields.identifier("editedFromID"),
            writtenAt: try fields.requiredDate("createdAt"),
            draft: draft
        )
    }

    /// How failures name a message.
    static func place(of value: JSONValue) -> String {
        "Message \(value["id"]?.string.map { String($0.prefix(200)) } ?? "without id")"
    }
}
