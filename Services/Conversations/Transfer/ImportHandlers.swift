internal import ConversationsAPI
internal import Locks
internal import RPC
internal import ServiceKit

/// Answers the method that takes in a file.
struct ImportHandlers {
    /// Bytes of one message in a file.
    static let messageByteCount = 8_388_608

    let store: ImportStore
    let audit: AuditOutbox
    let slots = ImportSlots()

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ImportConversations.self, handler: self.take)
    }

    /// Reads the file as it arrives; the sender waits while rows are written.
    @Sendable
    func take(
        _ request: ImportConversations,
        _ chunks: InboundStream<FileChunk>,
        _ context: CallContext
    ) async throws -> ImportReport {
        let person = try context.requireCaller().userID
        let format = try request.format.map { try FieldRules.known($0, "format") }
        try self.slots.take(for: person)
        defer { self.slots.giveBack(for: person) }
        var file = ImportedFile(
            format: format,
            store: self.store,
            audit: self.audit,
            person: person,
            context: context
        )
        for try await chunk in chunks { try await file.read(chunk.data) }
        return try await file.finish()
    }
}
