internal import AuditAPI
internal import ConversationsAPI
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Answers the method that writes a file.
struct ExportHandlers {
    /// Bytes of a chunk, about.
    static let chunkByteCount = 65_536

    let store: ExportStore
    let audit: AuditOutbox

    /// Adds the method to a table.
    func register(in methods: inout MethodTable) {
        methods.register(ExportConversations.self, handler: self.send)
    }

    /// Reads and sends one conversation after the other; each is complete as of when it began.
    @Sendable
    func send(
        _ request: ExportConversations,
        _ outbound: OutboundStream<FileChunk>,
        _ context: CallContext
    ) async throws {
        let person = try context.requireCaller().userID
        let ids = try await self.checked(request.conversationIDs, as: person, context)
        try await self.audit.commit(Self.fact(of: ids), in: context, to: self.store.database)
        var chunks = ChunkSender(outbound: outbound)
        var writer = ExportWriter()
        try await chunks.add(ExportWriter.beginning(at: Date()))
        var last: UUID?
        while let next = try await self.store.conversation(
            after: last,
            among: ids,
            as: person,
            deadline: context.deadline
        ) {
            let conversation = next.conversation
            last = conversation.id
            try await chunks.add(writer.begin(next))
            var sequence: Int64 = 0
            while sequence < conversation.messageCount {
                let batch = try await self.store.messages(
                    of: conversation.id,
                    after: sequence,
                    through: conversation.messageCount,
                    as: person,
                    deadline: context.deadline
                )
                // Deleted and purged meanwhile: what was there has been sent.
                guard let end = batch.last?.message.sequence else { break }
                for message in batch { try await chunks.add(writer.message(message)) }
                sequence = end
            }
            try await chunks.add(writer.endConversation())
        }
        try await chunks.add(ExportWriter.end)
        try await chunks.flush()
    }

    /// What is going to be read; it is recorded before the first byte leaves, and so without how
    /// much it turns out to be.
    private static func fact(of ids: [UUID]?) -> AuditFact {
        var fact = AuditFact(.messagesExported, of: AuditResource("conversation"))
        fact.isSensitive = true
        guard let ids else {
            fact.payload.details = .object(["conversations": .string("all")])
            return fact
        }
        if ids.count == 1 { fact.resource = AuditResource("conversation", ids[0]) }
        fact.payload.details = .object([
            "conversations": .array(ids.map { .string($0.uuidString.lowercased()) }),
            "conversationCount": .integer(Int64(ids.count)),
        ])
        return fact
    }

    private func checked(
        _ ids: [UUID]?,
        as person: UUID,
        _ context: CallContext
    ) async throws -> [UUID]? {
        guard let ids else { return nil }
        guard ids.count <= 1000 else {
            throw RPCError.invalid("conversationIDs", "at most 1,000.")
        }
        let unique = Array(Set(ids))
        let found = try await self.store.count(
            of: unique,
            as: person,
            deadline: context.deadline
        )
        guard found == Int64(unique.count) else { throw RPCError.conversationNotFound }
        return unique
    }
}

/// Gathers text into chunks.
private struct ChunkSender {
    let outbound: OutboundStream<FileChunk>
    private var gathered = Data()

    init(outbound: OutboundStream<FileChunk>) { self.outbound = outbound }

    mutating func add(_ text: String) async throws {
        self.gathered.append(contentsOf: text.utf8)
        while self.gathered.count >= ExportHandlers.chunkByteCount {
            let chunk = self.gathered.prefix(ExportHandlers.chunkByteCount)
            try await self.outbound.send(FileChunk(data: Data(chunk)))
            self.gathered = Data(self.gathered.dropFirst(ExportHandlers.chunkByteCount))
        }
    }

    mutating func flush() async throws {
        guard !self.gathered.isEmpty else { return }
        try await self.outbound.send(FileChunk(data: self.gathered))
        self.gathered = Data()
    }
}
