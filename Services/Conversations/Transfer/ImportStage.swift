internal import Postgres
internal import RPC

internal import struct FoundationEssentials.UUID

/// The messages of one conversation on their way to the staging table, in batches.
struct ImportStage {
    /// Messages that a conversation of a file may have.
    static let messageLimit: Int64 = 100_000
    /// Bytes and messages after which a batch is sent.
    private static let batchByteCount = 524_288
    private static let batchCount = 200

    let store: ImportStore
    let person: UUID
    let deadline: ContinuousClock.Instant?
    /// What the staged rows carry.
    let importID = UUID()

    private(set) var messageCount: Int64 = 0
    private var batch: [JSONValue] = []
    private var batchBytes = 0

    /// Prepares an empty stage.
    init(store: ImportStore, person: UUID, deadline: ContinuousClock.Instant?) {
        self.store = store
        self.person = person
        self.deadline = deadline
    }

    /// Adds a message; sends the batch if it is full.
    mutating func add(_ message: ImportedMessage) async throws {
        guard self.messageCount < Self.messageLimit else {
            throw ImportRefusal(
                "import_too_many_messages",
                "A conversation may have at most \(Self.messageLimit) messages."
            )
        }
        self.messageCount += 1
        let staged = message.staged(ordinal: self.messageCount)
        self.batchBytes += JSONMeasure(staged).byteCount
        self.batch.append(staged)
        if self.batch.count >= Self.batchCount || self.batchBytes >= Self.batchByteCount {
            try await self.flush()
        }
    }

    /// Sends what waits.
    mutating func flush() async throws {
        guard !self.batch.isEmpty else { return }
        let batch = self.batch
        self.batch = []
        self.batchBytes = 0
        do {
            try await self.store.stage(
                batch,
                of: self.importID,
                as: self.person,
                deadline: self.deadline
            )
        } catch let error as DatabaseError where error.code == .uniqueViolation {
            throw ImportRefusal("import_duplicate_message", "Two messages have the same id.")
        }
    }
}
