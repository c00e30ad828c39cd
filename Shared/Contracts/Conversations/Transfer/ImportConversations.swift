public import RPC

public import struct FoundationEssentials.Data

/// Takes in the conversations of an export file; those that are there already stay as they are.
public struct ImportConversations: ClientStreamMethod {
    /// How to read the file; absent to tell by its first bytes.
    public var format: ExportFormat?

    /// Opens an import.
    public init(format: ExportFormat? = nil) { self.format = format }

    public typealias Input = FileChunk
    public typealias Reply = ImportReport

    public static let contract = MethodContract(
        "conversations.ImportConversations",
        documentation:
            "Takes in an export file of Steward or Open WebUI, sent in chunks; again is harmless.",
        access: .signedIn,
        repeatability: .idempotent,
        auditAction: "conversations_imported"
    )

    public static let fieldDocumentation = [
        "format": "How to read the file; absent to tell by its first bytes."
    ]
}

/// The formats of export files.
public struct ExportFormat: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// Steward's own, as `EXPORT-FORMAT.md` describes it.
    public static let steward = Self(rawValue: "steward")
    /// Open WebUI's "Export Chats".
    public static let openWebUI = Self(rawValue: "openwebui")

    public static let knownCases: [Self] = [.steward, .openWebUI]
}

/// A piece of a file; the pieces in order are the file.
public struct FileChunk: Codable, Hashable, Sendable, DocumentedFields {
    /// Of any length within the message limit.
    public var data: Data

    /// Makes a chunk.
    public init(data: Data) { self.data = data }

    public static let fieldDocumentation = [
        "data": "The next bytes of the file; 64 KiB is a good size."
    ]
}

/// What became of an import.
public struct ImportReport: Codable, Hashable, Sendable, DocumentedFields {
    /// The format that was read.
    public var format: ExportFormat
    /// Conversations that are new.
    public var importedCount: Int
    /// Conversations that were there already.
    public var skippedCount: Int
    /// Conversations that could not be taken in.
    public var failedCount: Int
    /// Messages of the new conversations.
    public var messageCount: Int64
    /// What went wrong, by conversation; the first 100.
    public var failures: [ImportFailure]

    /// Makes a report.
    public init(
        format: ExportFormat,
        importedCount: Int = 0,
        skippedCount: Int = 0,
        failedCount: Int = 0,
        messageCount: Int64 = 0,
        failures: [ImportFailure] = []
    ) {
        self.format = format
        self.importedCount = importedCount
        self.skippedCount = skippedCount
        self.failedCount = failedCount
        self.messageCount = messageCount
        self.failures = failures
    }

    public static let fieldDocumentation = [
        "format": "The format that was read.",
        "importedCount": "Conversations that are new.",
        "skippedCount": "Conversations that were there already.",
        "failedCount": "Conversations that could not be taken in; all others were.",
        "messageCount": "Messages of the new conversations.",
        "failures": "What went wrong, by conversation; the first 100.",
    ]
}

/// Why one conversation of a file could not be taken in.
public struct ImportFailure: Codable, Hashable, Sendable, DocumentedFields {
    /// Its place in the file, counting from 0.
    public var index: Int
    /// Its id in the file, where it could be read.
    public var sourceID: String?
    /// A stable identifier.
    public var reason: String
    /// A sentence for people.
    public var message: String

    /// Makes a failure.
    public init(index: Int, sourceID: String?, reason: String, message: String) {
        self.index = index
        self.sourceID = sourceID
        self.reason = reason
        self.message = message
    }

    public static let fieldDocumentation = [
        "index": "The conversation's place in the file, counting from 0.",
        "sourceID": "Its id in the file, where it could be read.",
        "reason": "A stable identifier such as conversations.import_cycle.",
        "message": "What is wrong, and where.",
    ]
}
