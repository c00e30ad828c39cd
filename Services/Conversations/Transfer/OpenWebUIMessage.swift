internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// A message of Open WebUI.
struct OpenWebUIMessage {
    /// The message, ready to be staged.
    let imported: ImportedMessage

    /// Reads a message.
    ///
    /// - Parameters:
    ///   - id: its name in the tree.
    ///   - header: what is known of the chat so far; a message without time takes the chat's.
    /// - Throws: an ``ImportRefusal``, or the ``RPCError`` of the rule that it breaks.
    init(_ value: JSONValue, id: String, of header: [String: JSONValue]) throws {
        guard let members = value.object else {
            throw ImportRefusal("import_malformed", "It is not an object.")
        }
        guard (1...200).contains(id.unicodeScalars.count), !id.utf8.contains(0) else {
            throw ImportRefusal("import_malformed", "Its id must have 1 to 200 characters.")
        }
        let content = Self.content(members)
        let failure = Self.failure(members["error"])
        let request = AppendMessage(
            // The rules look at the content only; the conversation is yet to be made.
            conversationID: UUID(),
            role: Self.role(members["role"]?.string),
            text: content.text,
            parts: content.parts.isEmpty ? nil : content.parts,
            model: members["model"]?.string.flatMap(OpenWebUIChat.model),
            inputTokenCount: Self.count(members, ["prompt_tokens", "prompt_eval_count"]),
            outputTokenCount: Self.count(members, ["completion_tokens", "eval_count"]),
            isError: failure != nil,
            errorDetails: failure,
            metadata: OpenWebUIChat.fitting(
                Self.rest(members),
                bytes: MessageRules.objectByteCount
            )
        )
        self.imported = ImportedMessage(
            sourceID: id,
            parentSourceID: members["parentId"]?.string.map { String($0.prefix(200)) },
            editedFromSourceID: nil,
            writtenAt: members["timestamp"].flatMap(OpenWebUIChat.date)
                ?? OpenWebUIChat.createdAt(header),
            draft: try MessageRules.draft(for: request, mayBeEmpty: true)
        )
    }

    /// Members that become fields of ours, or repeat what the tree says.
    private static let mappedNames: Set<String> = [
        "id", "parentId", "childrenIds", "role", "content", "timestamp", "model", "error", "files",
    ]

    private static func role(_ name: String?) -> MessageRole {
        switch name {
        case "user": .user
        case "system", "developer": .system
        case "tool", "function": .tool
        default: .assistant
        }
    }

    /// Text and the other parts, from a text or a list as of OpenAI, and from `files`.
    private static func content(
        _ members: [String: JSONValue]
    ) -> (text: String, parts: [JSONValue]) {
        var texts: [String] = []
        var parts: [JSONValue] = []
        switch members["content"] {
        case .string(let text)?: texts.append(text)
        case .array(let elements)?:
            for element in elements {
                if let text = element.string ?? element["text"]?.string {
                    texts.append(text)
                } else {
                    parts.append(Self.part(element))
                }
            }
        case let other?:
            if let text = other["content"]?.string ?? other["text"]?.string { texts.append(text) }
        case nil: break
        }
        parts += (members["files"]?.array ?? []).map(Self.part)
        // Postgres cannot keep U+0000; the sign for what cannot be shown stands in its place.
        let text = texts.joined(separator: "\n").replacingNUL
        return (text, Self.fitting(parts))
    }

    /// A file or image as a part; data inside of the file are named but not kept.
    private static func part(_ value: JSONValue) -> JSONValue {
        var members = Self.withoutData(value, levels: FieldRules.jsonDepth - 2).object ?? [:]
        if members["type"]?.string?.isEmpty ?? true { members["type"] = .string("file") }
        return .object(members)
    }

    private static func withoutData(_ value: JSONValue, levels: Int) -> JSONValue {
        switch value {
        case .string(let text) where text.hasPrefix("data:") && text.utf8.count > 256:
            let type = text.dropFirst(5).prefix { $0 != ";" && $0 != "," }
            return .string("data:\(type.prefix(100)) (\(text.utf8.count) bytes, not imported)")
        case .string(let text): return .string(text.replacingNUL)
        case .array(let values):
            return levels == 0
                ? .null : .array(values.map { Self.withoutData($0, levels: levels - 1) })
        case .object(let members):
            return levels == 0
                ? .null : .object(members.mapValues { Self.withoutData($0, levels: levels - 1) })
        case .null, .boolean, .integer, .number: return value
        }
    }

    private static func fitting(_ parts: [JSONValue]) -> [JSONValue] {
        var chosen: [JSONValue] = []
        for part in parts {
            // `try?`: what the rules refuse is left out.
            let fits = try? FieldRules.json(
                .array(chosen + [part]),
                "parts",
                bytes: MessageRules.partsByteCount
            )
            if fits != nil { chosen.append(part) }
        }
        return chosen
    }

    /// Why an answer failed; `nil` if it did not.
    private static func failure(_ value: JSONValue?) -> JSONValue? {
        switch value {
        case nil, .null?, .boolean(false)?: return nil
        case .object(let members)?:
            return OpenWebUIChat.fitting(members, bytes: MessageRules.objectByteCount)
        case .string(let text)?:
            return .object(["content": .string(String(text.replacingNUL.prefix(8000)))])
        default: return .object([:])
        }
    }

    private static func count(_ members: [String: JSONValue], _ names: [String]) -> Int? {
        for place in ["usage", "info"] {
            for name in names {
                if let count = members[place]?[name]?.integer, (0...Int64(Int32.max)) ~= count {
                    return Int(count)
                }
            }
        }
        return nil
    }

    private static func rest(_ members: [String: JSONValue]) -> [String: JSONValue] {
        members.filter { !Self.mappedNames.contains($0.key) && $0.value != .null }
            .mapValues { Self.withoutData($0, levels: FieldRules.jsonDepth - 2) }
    }
}

extension String {
    /// The text with U+FFFD in the place of U+0000.
    fileprivate var replacingNUL: String {
        guard self.utf8.contains(0) else { return self }
        var scalars = String.UnicodeScalarView()
        for scalar in self.unicodeScalars {
            scalars.append(scalar.value == 0 ? "\u{FFFD}" : scalar)
        }
        return String(scalars)
    }
}
