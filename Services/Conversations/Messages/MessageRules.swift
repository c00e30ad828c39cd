internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// What a message may be.
///
/// Pure: checks requests and says which columns they write.
enum MessageRules {
    static let textByteCount = 1_048_576
    static let partsByteCount = 1_048_576
    static let objectByteCount = 65_536
    static let routingByteCount = 16_384

    /// The columns of a message to append.
    ///
    /// - Parameter mayBeEmpty: for files, in which answers that never came stand without text.
    static func draft(for request: AppendMessage, mayBeEmpty: Bool = false) throws -> Draft {
        let role = try FieldRules.known(request.role, "role")
        let type = try FieldRules.known(request.type ?? .text, "type")
        let content = MessageContent(
            role: role.rawValue,
            type: type.rawValue,
            text: try FieldRules.text(request.text, "text", bytes: Self.textByteCount),
            parts: try request.parts.map(Self.parts),
            mediaURL: try request.mediaURL.map(Self.mediaURL),
            mediaSize: try request.mediaSize.map {
                try FieldRules.number($0, "mediaSize", in: 0...Int64.max)
            },
            mediaType: try request.mediaType.map(Self.mediaType)
        )
        let isError = request.isError ?? false
        try Self.check(content, mayBeEmpty: mayBeEmpty || isError)
        if request.errorDetails != nil, !isError {
            throw RPCError.invalid("errorDetails", "they need isError.")
        }
        var draft = try Self.draft(content)
        draft.set(
            "sender_type",
            try FieldRules.known(request.senderType ?? role.usualSender, "senderType").rawValue
        )
        draft.set("sender_id", request.senderID)
        draft.set(
            "provider",
            try request.provider.map { try FieldRules.line($0, "provider", atMost: 100) }
        )
        draft.set("model", try request.model.map(Self.model))
        draft.set("token_count", try request.tokenCount.map { try Self.count($0, "tokenCount") })
        draft.set(
            "input_token_count",
            try request.inputTokenCount.map { try Self.count($0, "inputTokenCount") }
        )
        draft.set(
            "output_token_count",
            try request.outputTokenCount.map { try Self.count($0, "outputTokenCount") }
        )
        draft.set("is_error", isError)
        draft.set(
            "error_details",
            json: try request.errorDetails.map {
                try FieldRules.object($0, "errorDetails", bytes: Self.objectByteCount)
            }
        )
        draft.set("tool_execution_id", request.toolExecutionID)
        draft.set(
            "output_routing",
            json: try request.outputRouting.map {
                try FieldRules.object($0, "outputRouting", bytes: Self.routingByteCount)
            }
        )
        draft.set("metadata", json: try Self.metadata(request.metadata ?? .object([:])))
        draft.set(
            "processed_at",
            try request.processedAt.map { try FieldRules.date($0, "processedAt") }
        )
        return draft
    }

    /// The columns in which another version of a message differs from the original.
    static func draft(for request: EditMessage, original: Message) throws -> Draft {
        let content = MessageContent(
            role: original.role.rawValue,
            type: original.type.rawValue,
            text: try FieldRules.text(request.text, "text", bytes: Self.textByteCount),
            parts: try request.parts.map(Self.parts),
            mediaURL: original.mediaURL,
            mediaSize: original.mediaSize,
            mediaType: original.mediaType
        )
        try Self.check(content, mayBeEmpty: false)
        var draft = try Self.draft(content)
        if content.parts == nil { draft.clear("parts") }
        // These told of the original, not of what takes its place.
        for column in [
            "provider", "model", "token_count", "input_token_count", "output_token_count",
            "error_details", "processed_at",
        ] { draft.clear(column) }
        draft.set("is_error", false)
        if let metadata = request.metadata {
            draft.set("metadata", json: try Self.metadata(metadata))
        }
        if let model = request.model { draft.set("model", try Self.model(model)) }
        if let count = request.tokenCount {
            draft.set("token_count", try Self.count(count, "tokenCount"))
        }
        return draft
    }

    /// The columns that the content hash covers, and the hash.
    static func draft(_ content: MessageContent) throws -> Draft {
        var draft = Draft()
        draft.set("role", content.role)
        draft.set("type", content.type)
        draft.set("text", content.text)
        draft.set("parts", json: content.parts.map(JSONValue.array))
        draft.set("media_url", content.mediaURL)
        draft.set("media_size", content.mediaSize)
        draft.set("media_type", content.mediaType)
        draft.set("content_hash", bytes: try content.hash)
        return draft
    }

    private static func check(_ content: MessageContent, mayBeEmpty: Bool) throws {
        let hasMedia =
            content.mediaURL != nil || content.mediaSize != nil || content.mediaType != nil
        if content.type == MessageType.text.rawValue, hasMedia {
            throw RPCError.invalid("type", "media need image, audio or file.")
        }
        if content.text.isEmpty, content.parts?.isEmpty ?? true, !hasMedia, !mayBeEmpty {
            throw RPCError.invalid("text", "it must not be empty without parts or media.")
        }
    }

    private static func parts(_ parts: [JSONValue]) throws -> [JSONValue] {
        for part in parts {
            guard let type = part["type"]?.string, !type.isEmpty else {
                throw RPCError.invalid("parts", "each must be an object with a type.")
            }
        }
        let value = try FieldRules.json(.array(parts), "parts", bytes: Self.partsByteCount)
        return value.array ?? []
    }

    private static func metadata(_ value: JSONValue) throws -> JSONValue {
        try FieldRules.object(value, "metadata", bytes: Self.objectByteCount)
    }

    private static func model(_ value: String) throws -> String {
        try FieldRules.line(value, "model", atMost: 200)
    }

    private static func mediaURL(_ value: String) throws -> String {
        let line = try FieldRules.line(value, "mediaURL", atMost: 2048)
        return try FieldRules.text(line, "mediaURL", bytes: 2048)
    }

    private static func mediaType(_ value: String) throws -> String {
        let line = try FieldRules.line(value, "mediaType", atMost: 255)
        return try FieldRules.text(line, "mediaType", bytes: 255)
    }

    private static func count(_ value: Int, _ field: String) throws -> Int64 {
        Int64(try FieldRules.number(value, field, in: 0...Int(Int32.max)))
    }
}

extension MessageRole {
    /// What sends messages of this role, unless the caller says otherwise.
    var usualSender: SenderType {
        switch self {
        case .user: .user
        case .assistant: .ai
        default: .system
        }
    }
}
