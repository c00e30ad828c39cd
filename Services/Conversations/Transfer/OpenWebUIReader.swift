internal import ConversationsAPI
internal import RPC

/// Reads what Open WebUI writes under "Export Chats": an array of chats, each with its tree of
/// messages as a map in `chat.history.messages`.
///
/// Chats from before that tree have a list in `chat.messages`; both may be there, and then the tree
/// is the truth.
struct OpenWebUIReader: ImportReader {
    private var current: ConversationInProgress?
    /// The messages of the list, in case there is no tree.
    private var list: ImportStage?
    private var lastListed: String?

    func plan(_ path: JSONPath) -> JSONSplitter.Action {
        if path.count < 2 { return .descend }
        if self.current?.isSettled ?? true { return .skip }
        switch Self.place(path) {
        case .container: return .descend
        case .header, .treeMessage: return .take
        case .listedMessage:
            // Once there is a tree, the list says nothing new.
            return (self.current?.stage.messageCount ?? 0) > 0 ? .skip : .take
        case .other: return .skip
        }
    }

    mutating func handle(
        _ event: JSONSplitter.Event,
        _ importer: inout ConversationImporter
    ) async throws {
        switch event {
        case .began(let path):
            guard path.count == 1, case .index(let index) = path[0] else { return }
            self.current = ConversationInProgress(index: index, stage: importer.makeStage())
            self.list = importer.makeStage()
            self.lastListed = nil
        case .ended(let path):
            guard path.count == 1 else { return }
            try await self.complete(&importer)
        case .value(let path, let bytes):
            // An element that is no object has no chat in it.
            guard path.count > 1 else { return try self.refuseElement(path, &importer) }
            try await self.take(bytes, Self.place(path), importer)
        case .oversized:
            self.current?.refuse(
                ImportRefusal("import_too_large", "A message or field is too large.")
            )
        }
    }

    func finish() throws {}

    /// What stands at a path.
    private enum Place: Hashable {
        case container
        case header(String)
        case treeMessage(String)
        case listedMessage
        case other
    }

    private static func place(_ path: JSONPath) -> Place {
        var names = path.dropFirst()
        let isInChat = names.first == .name("chat")
        if isInChat { names = names.dropFirst() }
        switch Array(names) {
        case [], [.name("history")], [.name("history"), .name("messages")], [.name("messages")]:
            return .container
        case [.name("history"), .name("currentId")]: return .header("currentId")
        case let steps where steps.count == 3 && steps[0] == .name("history"):
            guard steps[1] == .name("messages"), case .name(let id) = steps[2] else {
                return .other
            }
            return .treeMessage(id)
        case let steps where steps.count == 2 && steps[0] == .name("messages"):
            return .listedMessage
        case let steps where steps.count == 1:
            guard case .name(let name) = steps[0], OpenWebUIChat.headerNames.contains(name) else {
                return .other
            }
            return .header(isInChat ? "chat.\(name)" : name)
        default: return .other
        }
    }

    private mutating func take(
        _ bytes: [UInt8],
        _ place: Place,
        _ importer: ConversationImporter
    ) async throws {
        guard var current = self.current else { return }
        self.current = nil
        switch place {
        case .header(let name):
            current.setHeader(name, bytes)
            if name == "id", let id = current.header["id"]?.string {
                current.isKnown = try await importer.contains(
                    format: ExportFormat.openWebUI.rawValue,
                    sourceID: id
                )
            }
        case .treeMessage(let id):
            if let value = current.read(bytes, as: "Message \(id.prefix(200))") {
                try await current.attempt("Message \(id.prefix(200))") { current in
                    try await current.stage.add(
                        try OpenWebUIMessage(value, id: id, of: current.header).imported
                    )
                }
            }
        case .listedMessage:
            if let value = current.read(bytes, as: "A message") {
                try await self.takeListed(value, &current)
            }
        case .container, .other: break
        }
        self.current = current
    }

    private mutating func takeListed(
        _ value: JSONValue,
        _ current: inout ConversationInProgress
    ) async throws {
        guard var list = self.list else { return }
        let id = value["id"]?.string ?? "listed-\(list.messageCount + 1)"
        let parent = self.lastListed
        try await current.attempt("Message \(id.prefix(200))") { current in
            var message = try OpenWebUIMessage(value, id: id, of: current.header).imported
            message.parentSourceID = parent
            try await list.add(message)
        }
        self.list = list
        self.lastListed = id
    }

    private func refuseElement(_ path: JSONPath, _ importer: inout ConversationImporter) throws {
        guard case .index(let index)? = path.first else {
            throw RPCError(
                .invalidArgument,
                reason: "conversations.import_format_unknown",
                message: "The file is not a list of chats as Open WebUI exports it."
            )
        }
        importer.fail(
            index: index,
            sourceID: nil,
            ImportRefusal("import_malformed", "The chat is not an object.")
        )
    }

    private mutating func complete(_ importer: inout ConversationImporter) async throws {
        guard var current = self.current, let list = self.list else { return }
        self.current = nil
        self.list = nil
        if current.isKnown { return importer.skip() }
        let chosen = current.stage.messageCount > 0 ? current.stage : list
        var taken = importer
        try await current.attempt("The chat") { current in
            if let refusal = current.refusal { throw refusal }
            try await taken.complete(try OpenWebUIChat(current.header).imported, chosen, .byTime)
        }
        importer = taken
        if let refusal = current.refusal {
            importer.fail(
                index: current.index,
                sourceID: current.header["id"]?.string,
                refusal
            )
        }
        // What was chosen is gone already if it was taken in.
        let leftOver = [current.stage, list].filter { $0.messageCount > 0 }.map(\.importID)
        if !leftOver.isEmpty {
            try await importer.store.discard(
                leftOver,
                as: importer.person,
                deadline: importer.deadline
            )
        }
    }
}
