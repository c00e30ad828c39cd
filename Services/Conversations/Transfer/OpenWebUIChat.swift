internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.Date

/// A chat of Open WebUI without its messages.
///
/// Open WebUI checks little of what it stores, so what does not fit is shortened or left out here
/// rather than refused: the conversation matters more than its decoration.
struct OpenWebUIChat {
    /// The conversation, ready to be made.
    let imported: ImportedConversation

    /// The members that are read, in the entry of the list and in its `chat`.
    static let headerNames: Set<String> = [
        "id", "title", "created_at", "updated_at", "archived", "pinned", "meta", "folder_id",
        "models", "params", "system", "tags", "timestamp",
    ]

    /// Reads a chat from its collected members; those of `chat` are called `chat.…`.
    init(_ header: [String: JSONValue]) throws {
        let id = header["id"]?.string ?? header["chat.id"]?.string ?? ""
        guard (1...200).contains(id.unicodeScalars.count), !id.utf8.contains(0) else {
            throw ImportRefusal("import_malformed", "The chat has no id.")
        }
        let createdAt = Self.createdAt(header)
        var draft = Draft()
        draft.set("title", Self.title(header["title"]?.string ?? header["chat.title"]?.string))
        draft.set("kind", ConversationKind.chat.rawValue)
        draft.set("status", ConversationStatus.active.rawValue)
        let params = header["chat.params"]
        draft.set(
            "system_prompt",
            (params?["system"]?.string ?? header["chat.system"]?.string).flatMap(Self.prompt)
        )
        draft.set("temperature", params?["temperature"]?.number.flatMap(Self.temperature))
        draft.set("model", header["chat.models"]?.array?.first?.string.flatMap(Self.model))
        draft.set("settings", json: .object([:]))
        draft.set("metadata", json: Self.metadata(header))
        draft.set("is_archived", header["archived"]?.boolean ?? false)
        draft.set("is_pinned", header["pinned"]?.boolean ?? false)
        draft.set("created_at", createdAt)
        draft.set("started_at", createdAt)
        draft.set("source_format", ExportFormat.openWebUI.rawValue)
        draft.set("source_id", id)
        self.imported = ImportedConversation(
            sourceFormat: ExportFormat.openWebUI.rawValue,
            sourceID: id,
            activeLeafSourceID: header["currentId"]?.string.map { String($0.prefix(200)) },
            draft: draft
        )
    }

    /// When the chat began, as far as it says; otherwise now.
    static func createdAt(_ header: [String: JSONValue]) -> Date {
        for name in ["created_at", "chat.timestamp", "updated_at"] {
            if let date = header[name].flatMap(Self.date) { return date }
        }
        return Date()
    }

    /// A time in seconds, milliseconds or nanoseconds since 1970, whichever makes it plausible.
    static func date(_ value: JSONValue) -> Date? {
        guard var seconds = value.number, seconds > 0 else { return nil }
        if seconds > 1e16 { seconds /= 1e9 }
        if seconds > 1e11 { seconds /= 1e3 }
        let date = Date(timeIntervalSince1970: seconds)
        return Timestamp.range.contains(date) ? date : nil
    }

    /// A model's name as it can be stored.
    static func model(_ name: String) -> String? {
        let clean = Self.line(name, atMost: 200)
        return clean.isEmpty ? nil : clean
    }

    /// Text on one line, shortened.
    static func line(_ text: String, atMost limit: Int) -> String {
        var line = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(limit) {
            let isControl =
                scalar.value < 0x20 || (0x7F..<0xA0).contains(scalar.value)
                || scalar.value == 0x2028 || scalar.value == 0x2029
            line.append(isControl ? " " : scalar)
        }
        let words = String(line)
        return words.allSatisfy(\.isWhitespace) ? "" : words
    }

    private static func title(_ text: String?) -> String {
        let title = Self.line(text ?? "", atMost: 200)
        return title.isEmpty ? "Untitled" : title
    }

    private static func prompt(_ text: String) -> String? {
        // A prompt that does not fit would be another prompt if it were cut.
        guard !text.isEmpty, text.utf8.count <= ConversationRules.promptByteCount else {
            return nil
        }
        return text.utf8.contains(0) ? nil : text
    }

    private static func temperature(_ value: Double) -> Double? {
        (0...2).contains(value) ? value : nil
    }

    private static func metadata(_ header: [String: JSONValue]) -> JSONValue {
        var members: [String: JSONValue] = [:]
        let tags = header["meta"]?["tags"]?.array ?? header["chat.tags"]?.array ?? []
        if !tags.isEmpty { members["tags"] = .array(tags) }
        if let folder = header["folder_id"], folder != .null { members["folderID"] = folder }
        if let models = header["chat.models"]?.array, models.count > 1 {
            members["models"] = .array(models)
        }
        return Self.fitting(members, bytes: ConversationRules.objectByteCount)
    }

    /// The members that fit, the smaller ones first.
    static func fitting(_ members: [String: JSONValue], bytes limit: Int) -> JSONValue {
        var chosen: [String: JSONValue] = [:]
        let bySize = members.map { ($0.key, $0.value, JSONMeasure($0.value).byteCount) }
            .sorted { ($0.2, $0.0) < ($1.2, $1.0) }
        for (name, value, _) in bySize {
            var candidate = chosen
            candidate[name] = value
            // `try?`: what the rules refuse is left out.
            if (try? FieldRules.object(.object(candidate), "metadata", bytes: limit)) != nil {
                chosen = candidate
            }
        }
        return JSONValue.object(chosen).normalized
    }
}
