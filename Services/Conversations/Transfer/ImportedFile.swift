internal import ConversationsAPI
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.UUID

/// A file that is being imported: splitter, reader and importer put together.
struct ImportedFile {
    private var splitter = JSONSplitter(valueByteCount: ImportHandlers.messageByteCount)
    private var reader: (any ImportReader)?
    private var importer: ConversationImporter

    /// Prepares to read.
    ///
    /// - Parameter format: `nil` to tell by the first bytes.
    init(
        format: ExportFormat?,
        store: ImportStore,
        audit: AuditOutbox,
        person: UUID,
        context: CallContext
    ) {
        self.importer = ConversationImporter(
            store: store,
            audit: audit,
            person: person,
            context: context,
            format: format ?? .steward
        )
        self.reader = format.map(Self.reader)
    }

    /// Reads the next bytes.
    mutating func read(_ data: Data) async throws {
        if self.reader == nil {
            guard let format = Self.format(of: data) else { return self.splitter.feed(data) }
            self.importer.setFormat(format)
            self.reader = Self.reader(format)
        }
        self.splitter.feed(data)
        try await self.advance()
    }

    /// Ends the file.
    mutating func finish() async throws -> ImportReport {
        guard let reader else { throw self.failure("the file is empty", at: 0) }
        // What remains is an error in the file: a number at the very end needs no more bytes.
        try await self.advance()
        do {
            try self.splitter.finish()
        } catch {
            throw self.failure(error.message, at: error.offset)
        }
        try self.reader?.finish() ?? reader.finish()
        return self.importer.report
    }

    private mutating func advance() async throws {
        guard var reader = self.reader else { return }
        do {
            while let event = try self.splitter.nextEvent({ reader.plan($0) }) {
                try await reader.handle(event, &self.importer)
            }
        } catch let error as JSONSplitter.Failure {
            throw self.failure(error.message, at: error.offset)
        }
        self.reader = reader
    }

    private static func reader(_ format: ExportFormat) -> any ImportReader {
        format == .openWebUI ? OpenWebUIReader() : StewardReader()
    }

    /// Open WebUI's file is a list, ours an object.
    private static func format(of data: Data) -> ExportFormat? {
        for byte in data where ![0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains(byte) {
            return byte == UInt8(ascii: "[") ? .openWebUI : .steward
        }
        return nil
    }

    /// The error of a file that is no JSON, with what was taken in before.
    private func failure(_ message: String, at offset: Int) -> RPCError {
        let report = self.importer.report
        return RPCError(
            .invalidArgument,
            reason: "conversations.import_unreadable",
            message: "The file cannot be read at byte \(offset): \(message). Before it, "
                + "\(report.importedCount) conversations were imported.",
            details: [
                "offset": String(offset), "importedCount": String(report.importedCount),
                "skippedCount": String(report.skippedCount),
                "failedCount": String(report.failedCount),
            ]
        )
    }
}
