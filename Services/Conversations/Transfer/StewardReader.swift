internal import ConversationsAPI
internal import RPC

internal import struct FoundationEssentials.UUID

/// Reads Steward's own format, which `EXPORT-FORMAT.md` describes.
struct StewardReader: ImportReader {
    /// What the member `format` says.
    static let formatName = "steward-conversations"
    /// The newest version that is read.
    static let version: Int64 = 1

    private var current: ConversationInProgress?
    private var hasFormat = false

    func plan(_ path: JSONPath) -> JSONSplitter.Action {
        switch path.count {
        case 0: return .descend
        case 1:
            switch path[0] {
            case .name("conversations"): return .descend
            case .name("format"), .name("version"): return .take
            default: return .skip
            }
        case 2: return .descend
        case 3:
            // Always, because it decides in whose terms the id is meant.
            if path[2] == .name("source") { return .take }
            if self.current?.isSettled ?? true { return .skip }
            if path[2] == .name("messages") { return .descend }
            guard case .name(let name) = path[2], Self.headerNames.contains(name) else {
                return .skip
            }
            return .take
        default: return self.current?.isSettled ?? true ? .skip : .take
        }
    }

    mutating func handle(
        _ event: JSONSplitter.Event,
        _ importer: inout ConversationImporter
    ) async throws {
        switch event {
        case .began(let path):
            if path.isEmpty { return }
            if path.count == 2, case .index(let index) = path[1] {
                self.current = ConversationInProgress(index: index, stage: importer.makeStage())
            }
        case .ended(let path):
            guard path.count == 2, let current = self.current else { return }
            self.current = nil
            try await Self.complete(current, &importer)
        case .value(let path, let bytes):
            try await self.take(bytes, at: path, importer)
        case .oversized(let path):
            self.current?.refuse(
                ImportRefusal(
                    "import_too_large",
                    path.count > 3 ? "A message is too large." : "A field is too large."
                )
            )
        }
    }

    func finish() throws {
        guard self.hasFormat else { throw Self.unknownFormat }
    }

    private mutating func take(
        _ bytes: [UInt8],
        at path: JSONPath,
        _ importer: ConversationImporter
    ) async throws {
        guard path.count > 2 else { return try self.check(bytes, at: path) }
        guard var current = self.current else { return }
        self.current = nil
        if path.count == 3, case .name(let name) = path[2] {
            current.setHeader(name, bytes)
            if let id = current.header["id"]?.string, name == "id" || name == "source" {
                // The source may follow the id; then it is asked again, in the source's terms.
                let source = current.header["source"]?.string ?? ExportFormat.steward.rawValue
                current.isKnown = try await importer.contains(format: source, sourceID: id)
            }
        } else if path.count == 4, let value = current.read(bytes, as: "A message") {
            try await current.attempt(StewardMessage.place(of: value)) { current in
                try await current.stage.add(try StewardMessage(value).imported)
            }
        }
        self.current = current
    }

    /// The members of the file that say what it is.
    private mutating func check(_ bytes: [UInt8], at path: JSONPath) throws {
        // `try?`: whatever is not the expected value is refused in the same words.
        let value = try? JSONValue(text: bytes)
        switch path {
        case [.name("format")]:
            guard value?.string == Self.formatName else { throw Self.unknownFormat }
            self.hasFormat = true
        case [.name("version")]:
            guard let version = value?.integer, (1...Self.version).contains(version) else {
                throw RPCError(
                    .invalidArgument,
                    reason: "conversations.import_version_unknown",
                    message: "The file's version is newer than this service can read."
                )
            }
        default: throw Self.unknownFormat
        }
    }

    private static func complete(
        _ unfinished: ConversationInProgress,
        _ importer: inout ConversationImporter
    ) async throws {
        var current = unfinished
        let sourceID = current.header["id"]?.string
        if current.isKnown { return importer.skip() }
        var taken = importer
        try await current.attempt("The conversation") { current in
            if let refusal = current.refusal { throw refusal }
            try await taken.complete(
                try StewardConversation(current.header).imported,
                current.stage,
                .asInFile
            )
        }
        importer = taken
        guard let refusal = current.refusal else { return }
        importer.fail(index: current.index, sourceID: sourceID, refusal)
        if current.stage.messageCount > 0 {
            try await importer.store.discard(
                [current.stage.importID],
                as: importer.person,
                deadline: importer.deadline
            )
        }
    }

    private static let headerNames: Set<String> = [
        "id", "source", "title", "kind", "status", "contextType", "contextID", "provider", "model",
        "systemPrompt", "temperature", "contextWindowSize", "settings", "metadata", "isArchived",
        "isPinned", "startedAt", "endedAt", "createdAt", "activeLeafID",
    ]

    private static var unknownFormat: RPCError {
        RPCError(
            .invalidArgument,
            reason: "conversations.import_format_unknown",
            message: "The file does not say that its format is \(Self.formatName)."
        )
    }
}
