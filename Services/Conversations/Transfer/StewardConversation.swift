internal import ConversationsAPI
internal import RPC

/// A conversation in Steward's own format, without its messages.
struct StewardConversation {
    /// The conversation, ready to be made.
    let imported: ImportedConversation

    /// Reads a conversation.
    ///
    /// - Throws: an ``ImportRefusal``, or the ``RPCError`` of the rule that it breaks.
    init(_ members: [String: JSONValue]) throws {
        let fields = FileFields(members)
        guard let sourceID = try fields.identifier("id") else {
            throw ImportRefusal("import_malformed", "id is missing.")
        }
        let source = try fields.string("source") ?? ExportFormat.steward.rawValue
        let createdAt = try fields.requiredDate("createdAt")
        let status = try FieldRules.known(
            try fields.string("status").map(ConversationStatus.init) ?? .active,
            "status"
        )
        var draft = try ConversationRules.draft(
            for: CreateConversation(
                title: try fields.requiredString("title"),
                kind: try fields.string("kind").map(ConversationKind.init),
                contextType: try fields.string("contextType").map(ContextType.init),
                contextID: try fields.uuid("contextID"),
                provider: try fields.string("provider"),
                model: try fields.string("model"),
                systemPrompt: try fields.string("systemPrompt"),
                temperature: try fields.number("temperature"),
                contextWindowSize: try fields.count("contextWindowSize"),
                settings: fields["settings"] ?? .object([:]),
                metadata: fields["metadata"] ?? .object([:])
            )
        )
        draft.set("status", status.rawValue)
        draft.set("is_archived", try fields.boolean("isArchived") ?? false)
        draft.set("is_pinned", try fields.boolean("isPinned") ?? false)
        draft.set("created_at", createdAt)
        draft.set("started_at", try fields.date("startedAt") ?? createdAt)
        if status != .active { draft.set("ended_at", try fields.date("endedAt") ?? createdAt) }
        draft.set("source_format", try FieldRules.line(source, "source", atMost: 50))
        draft.set("source_id", sourceID)
        self.imported = ImportedConversation(
            sourceFormat: source,
            sourceID: sourceID,
            activeLeafSourceID: try fields.identifier("activeLeafID"),
            draft: draft
        )
    }
}
