internal import AuditAPI
internal import ConversationsAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// Takes in the conversations of one file, one after the other, and keeps the report.
struct ConversationImporter {
    /// Failures that a report tells one by one.
    static let failureLimit = 100

    let store: ImportStore
    let audit: AuditOutbox
    let person: UUID
    let context: CallContext
    private(set) var report: ImportReport

    /// Prepares an import.
    init(
        store: ImportStore,
        audit: AuditOutbox,
        person: UUID,
        context: CallContext,
        format: ExportFormat
    ) {
        self.store = store
        self.audit = audit
        self.person = person
        self.context = context
        self.report = ImportReport(format: format)
    }

    /// By when the import has to be done.
    var deadline: ContinuousClock.Instant? { self.context.deadline }

    /// Says which format the file turned out to have.
    mutating func setFormat(_ format: ExportFormat) { self.report.format = format }

    /// A place for the messages of the next conversation.
    func makeStage() -> ImportStage {
        ImportStage(store: self.store, person: self.person, deadline: self.deadline)
    }

    /// Whether the person has a conversation already.
    func contains(format: String, sourceID: String) async throws -> Bool {
        try await self.store.contains(
            format: format,
            sourceID: sourceID,
            as: self.person,
            deadline: self.deadline
        )
    }

    /// Notes that a conversation was there already.
    mutating func skip() { self.report.skippedCount += 1 }

    /// Notes that a conversation cannot be taken in.
    mutating func fail(index: Int, sourceID: String?, _ refusal: ImportRefusal) {
        self.report.failedCount += 1
        guard self.report.failures.count < Self.failureLimit else { return }
        self.report.failures.append(
            ImportFailure(
                index: index,
                sourceID: sourceID.map { String($0.prefix(200)) },
                reason: refusal.reason,
                message: refusal.message
            )
        )
    }

    /// Makes a conversation of what is staged.
    mutating func complete(
        _ conversation: ImportedConversation,
        _ stage: consuming ImportStage,
        _ ordering: ImportStore.Ordering
    ) async throws {
        try await stage.flush()
        let messageCount: Int64
        switch try await self.store.order(
            stage.importID,
            ordering,
            as: self.person,
            deadline: self.deadline
        )
        {
        case .ordered(let count): messageCount = count
        case .parentMissing(let source):
            throw ImportRefusal(
                "import_parent_missing",
                "The parent or original of message \(source.prefix(200)) does not come before it."
            )
        case .cycle(let source):
            throw ImportRefusal(
                "import_cycle",
                "Message \(source.prefix(200)) is its own ancestor."
            )
        }
        do {
            let made = try await self.store.complete(
                conversation,
                stage.importID,
                messageCount: messageCount,
                as: self.person,
                deadline: self.deadline
            ) { try self.event($0, messageCount: messageCount) }
            if made == nil {
                self.report.skippedCount += 1
            } else {
                self.report.importedCount += 1
                self.report.messageCount += messageCount
            }
        } catch let error as DatabaseError
            where error.code == .checkViolation || error.code == .dataException
        {
            throw ImportRefusal(
                "import_value_refused",
                "A value of it does not fit (\(error.constraint ?? ""))."
            )
        }
    }

    /// Records that a conversation was taken in, in the transaction that lets it be seen: what
    /// breaks off has recorded just what it has done.
    private func event(_ id: UUID, messageCount: Int64) throws -> SQL {
        var fact = AuditFact.conversation(.conversationsImported, id)
        fact.payload.details = .object([
            "format": .string(self.report.format.rawValue),
            "messageCount": .integer(messageCount),
        ])
        return try self.audit.record(fact, in: self.context, if: ImportStore.isFinished)
    }
}
