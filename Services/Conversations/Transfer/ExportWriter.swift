internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Writes Steward's own format, which `EXPORT-FORMAT.md` describes.
///
/// Pure: gives text, sends nothing.
struct ExportWriter {
    private var hasConversation = false
    private var hasMessage = false

    /// What stands before the first conversation.
    static func beginning(at date: Date) -> String {
        """
        {"format":"\(StewardReader.formatName)","version":\(StewardReader.version),\
        "exportedAt":"\(Timestamp.text(date))","conversations":[
        """
    }

    /// What stands after the last conversation.
    static let end = "\n]}\n"

    /// A conversation up to its messages.
    mutating func begin(_ exported: ExportStore.ExportedConversation) -> String {
        let conversation = exported.conversation
        var object = JSONObjectWriter()
        object.add("source", conversation.sourceFormat ?? ExportFormat.steward.rawValue)
        object.add("id", conversation.sourceID ?? conversation.id.text)
        object.add("title", conversation.title)
        object.add("kind", conversation.kind.rawValue)
        object.add("status", conversation.status.rawValue)
        object.add("contextType", conversation.contextType?.rawValue)
        object.add("contextID", conversation.contextID?.text)
        object.add("provider", conversation.provider)
        object.add("model", conversation.model)
        object.add("systemPrompt", conversation.systemPrompt)
        object.add("temperature", json: conversation.temperature.map(JSONValue.number))
        object.add(
            "contextWindowSize",
            json: conversation.contextWindowSize.map { .integer(Int64($0)) }
        )
        object.add("settings", json: conversation.settings)
        object.add("metadata", json: conversation.metadata)
        object.add("isArchived", json: .boolean(conversation.isArchived))
        object.add("isPinned", json: .boolean(conversation.isPinned))
        object.add("startedAt", Timestamp.text(conversation.startedAt))
        object.add("endedAt", conversation.endedAt.map(Timestamp.text))
        object.add("createdAt", Timestamp.text(conversation.createdAt))
        object.add("activeLeafID", exported.activeLeafSourceID)
        let separator = self.hasConversation ? ",\n" : "\n"
        self.hasConversation = true
        self.hasMessage = false
        return separator + object.open + ",\"messages\":["
    }

    /// A message of the conversation that was begun.
    mutating func message(_ exported: ExportStore.ExportedMessage) -> String {
        let message = exported.message
        var object = JSONObjectWriter()
        object.add("id", exported.sourceID)
        object.add("parentID", exported.parentSourceID)
        object.add("editedFromID", exported.editedFromSourceID)
        object.add("createdAt", Timestamp.text(message.createdAt))
        object.add("role", message.role.rawValue)
        object.add("senderType", message.senderType.rawValue)
        object.add("senderID", message.senderID?.text)
        object.add("type", message.type.rawValue)
        object.add("text", message.text)
        object.add("parts", json: message.parts.map(JSONValue.array))
        object.add("mediaURL", message.mediaURL)
        object.add("mediaSize", json: message.mediaSize.map(JSONValue.integer))
        object.add("mediaType", message.mediaType)
        object.add("contentHash", Digest.hexadecimal(message.contentHash))
        object.add("provider", message.provider)
        object.add("model", message.model)
        object.add("tokenCount", json: message.tokenCount.map { .integer(Int64($0)) })
        object.add("inputTokenCount", json: message.inputTokenCount.map { .integer(Int64($0)) })
        object.add("outputTokenCount", json: message.outputTokenCount.map { .integer(Int64($0)) })
        object.add("isError", json: .boolean(message.isError))
        object.add("errorDetails", json: message.errorDetails)
        object.add("toolExecutionID", message.toolExecutionID?.text)
        object.add("outputRouting", json: message.outputRouting)
        object.add("metadata", json: message.metadata)
        object.add("processedAt", message.processedAt.map(Timestamp.text))
        let separator = self.hasMessage ? ",\n" : "\n"
        self.hasMessage = true
        return separator + object.open + "}"
    }

    /// What ends the conversation that was begun.
    func endConversation() -> String { "]}" }
}

/// Writes the members of one JSON object in the order in which they are added.
private struct JSONObjectWriter {
    /// The object without its closing brace.
    private(set) var open = "{"

    /// Adds a text, if there is one.
    mutating func add(_ name: String, _ value: String?) {
        self.add(name, json: value.map(JSONValue.string))
    }

    /// Adds a value, if there is one.
    mutating func add(_ name: String, json value: JSONValue?) {
        guard let value else { return }
        if self.open.utf8.count > 1 { self.open += "," }
        self.open.appendJSON(name)
        self.open += ":"
        self.open += value.text
    }
}

extension UUID {
    /// The identifier in lower case, as Postgres writes it.
    fileprivate var text: String { self.uuidString.lowercased() }
}
