internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.UUID

/// What a conversation may be.
///
/// Pure: checks requests and says which columns they write.
enum ConversationRules {
    static let promptByteCount = 65_536
    static let objectByteCount = 16_384

    /// The columns of a new conversation.
    static func draft(for request: CreateConversation) throws -> Draft {
        var draft = Draft()
        draft.set("title", try request.title.map(Self.title))
        draft.set("kind", try FieldRules.known(request.kind ?? .chat, "kind").rawValue)
        try Self.checkContext(request.contextType, request.contextID)
        try Self.setFields(
            of: &draft,
            contextType: request.contextType,
            contextID: request.contextID,
            provider: request.provider,
            model: request.model,
            systemPrompt: request.systemPrompt,
            temperature: request.temperature,
            contextWindowSize: request.contextWindowSize,
            settings: request.settings,
            metadata: request.metadata
        )
        return draft
    }

    /// A title as it is stored.
    static func title(_ value: String) throws -> String {
        try FieldRules.line(value, "title", atMost: 200)
    }

    /// The change that a request makes.
    static func change(for request: UpdateConversation) throws -> ConversationChange {
        var draft = Draft()
        if let status = request.status {
            draft.set("status", try FieldRules.known(status, "status").rawValue)
        }
        try Self.setFields(
            of: &draft,
            contextType: request.contextType,
            contextID: request.contextID,
            provider: request.provider,
            model: request.model,
            systemPrompt: request.systemPrompt,
            temperature: request.temperature,
            contextWindowSize: request.contextWindowSize,
            settings: request.settings,
            metadata: request.metadata
        )
        for field in request.cleared ?? [] {
            guard let column = Self.clearableColumns[field] else {
                let names = Self.clearableColumns.keys.sorted().joined(separator: ", ")
                throw RPCError.invalid("cleared", "\(field) is none of \(names).")
            }
            guard draft.columns[column] == nil else {
                throw RPCError.invalid("cleared", "\(field) is also set.")
            }
            draft.clear(column)
        }
        guard !draft.columns.isEmpty else {
            throw RPCError.invalid("conversationID", "name at least one field to change.")
        }
        return ConversationChange(.updated, draft)
    }

    /// The filter of a list by context.
    static func checkContext(filter type: ContextType?, _ id: UUID?) throws {
        if id != nil, type == nil {
            throw RPCError.invalid("contextID", "it needs a context type.")
        }
        if let type { _ = try FieldRules.known(type, "contextType") }
    }

    private static let clearableColumns = [
        "contextType": "context_type", "contextID": "context_id", "provider": "provider",
        "model": "model", "systemPrompt": "system_prompt", "temperature": "temperature",
        "contextWindowSize": "context_window_size",
    ]

    private static func checkContext(_ type: ContextType?, _ id: UUID?) throws {
        try Self.checkContext(filter: type, id)
        if type == .dashboard, id == nil {
            throw RPCError.invalid("contextID", "a dashboard must be named.")
        }
    }

    private static func setFields(
        of draft: inout Draft,
        contextType: ContextType?,
        contextID: UUID?,
        provider: String?,
        model: String?,
        systemPrompt: String?,
        temperature: Double?,
        contextWindowSize: Int?,
        settings: JSONValue?,
        metadata: JSONValue?
    ) throws {
        draft.set(
            "context_type",
            try contextType.map { try FieldRules.known($0, "contextType").rawValue }
        )
        draft.set("context_id", contextID)
        draft.set(
            "provider",
            try provider.map { try FieldRules.line($0, "provider", atMost: 100) }
        )
        draft.set("model", try model.map { try FieldRules.line($0, "model", atMost: 200) })
        draft.set(
            "system_prompt",
            try systemPrompt.map {
                try FieldRules.text($0, "systemPrompt", bytes: Self.promptByteCount)
            }
        )
        draft.set(
            "temperature",
            try temperature.map { try FieldRules.number($0, "temperature", in: 0...2) }
        )
        draft.set(
            "context_window_size",
            try contextWindowSize.map {
                Int64(try FieldRules.number($0, "contextWindowSize", in: 1...100_000_000))
            }
        )
        draft.set(
            "settings",
            json: try settings.map {
                try FieldRules.object($0, "settings", bytes: Self.objectByteCount)
            }
        )
        draft.set(
            "metadata",
            json: try metadata.map {
                try FieldRules.object($0, "metadata", bytes: Self.objectByteCount)
            }
        )
    }
}
