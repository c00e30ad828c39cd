internal import AuditFormat
internal import Postgres
internal import TransparencyLog

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL of the self-check.
struct CheckStore: Sendable {
    let database: Database
    let signer: CheckpointSigner
    /// Until when the check may take.
    var deadline: ContinuousClock.Instant?

    /// Entries read at once.
    static let pageCount: Int64 = 256

    /// An entry with everything that is stored beside it.
    struct CheckedRow: RowDecodable, Sendable {
        let logIndex: Int64
        let producer: String
        let epoch: Int64
        let sequence: Int64
        let entry: Data
        let values: StoredColumns
        let payload: Data?
        let salt: Data?
        let subjectID: UUID?
        let username: String?
        let payloadActorID: UUID?
        /// What accounts for a payload that is gone: `erased`, `expired` or nothing.
        let removal: String?

        init(row: Row) throws {
            self.logIndex = try row.get("log_index")
            self.producer = try row.get("producer")
            self.epoch = try row.get("epoch")
            self.sequence = try row.get("sequence")
            self.entry = try row.get("entry")
            self.values = try StoredColumns(row: row)
            self.payload = try row.get("payload")
            self.salt = try row.get("salt")
            self.subjectID = try row.get("subject_id")
            self.username = try row.get("username")
            self.payloadActorID = try row.get("payload_actor_id")
            self.removal = try row.get("removal")
        }
    }

    /// The next entries of a tree.
    func rows(logEpoch: Int64, from first: Int64, to end: Int64) async throws -> [CheckedRow] {
        try await self.database.query(
            """
            SELECT e.log_index, e.producer, e.epoch, e.sequence, e.entry, e.event_id, e.action,
                e.outcome, e.actor_id, e.session_id, e.method, e.resource_type, e.resource_id,
                e.reason, e.tool_execution_id, e.trace_id, e.is_sensitive, e.count, e.class,
                e.occurred_at, p.payload, p.salt, p.subject_id, p.username,
                p.actor_id AS payload_actor_id,
                CASE WHEN p.payload IS NULL THEN audit.payload_removal(
                    e.log_epoch, e.log_index, e.class,
                    date_trunc('month', e.occurred_at AT TIME ZONE 'UTC')::date)
                END AS removal
            FROM audit.entries AS e
            \(fragment: EntryStore.payloadJoin)
            WHERE e.log_epoch = \(logEpoch) AND e.log_index >= \(first)
                AND e.log_index < \(end)
            ORDER BY e.log_index LIMIT \(Self.pageCount)
            """,
            as: .purpose("check"), deadline: self.deadline
        ).decode()
    }

    /// The tiles of a level from one on, in their order.
    func tiles(
        logEpoch: Int64, level: Int, from first: UInt64, count: Int64
    ) async throws -> [Tile] {
        try await self.database.query(
            """
            SELECT level, tile_index, hashes FROM audit.tiles
            WHERE log_epoch = \(logEpoch) AND level = \(Int64(level))::smallint
                AND tile_index >= \(Int64(clamping: first))
            ORDER BY tile_index LIMIT \(count)
            """,
            as: .purpose("check"), deadline: self.deadline
        ).rows.compactMap(TileStore.tile)
    }

    /// A checkpoint as it is stored.
    struct StoredCheckpoint: RowDecodable, Sendable {
        let size: Int64
        let root: Data
        let note: String
        /// The copy that was stored before; `nil` for the first of a tree.
        let previousSize: Int64?

        init(row: Row) throws {
            self.size = try row.get("size")
            self.root = try row.get("root")
            self.note = try row.get("note")
            self.previousSize = try row.get("previous_size")
        }
    }

    /// The stored checkpoints of a tree above a size, from the smallest on.
    func checkpoints(logEpoch: Int64, above size: Int64) async throws -> [StoredCheckpoint] {
        try await self.database.query(
            """
            SELECT size, root, note, previous_size FROM audit.checkpoints
            WHERE log_epoch = \(logEpoch) AND size > \(size) ORDER BY size LIMIT 256
            """,
            as: .purpose("check"), deadline: self.deadline
        ).decode()
    }

    /// Whether there is a copy of a checkpoint.
    func hasCheckpoint(logEpoch: Int64, size: Int64) async throws -> Bool {
        try await self.database.query(
            """
            SELECT EXISTS (SELECT FROM audit.checkpoints
                WHERE log_epoch = \(logEpoch) AND size = \(size)) AS found
            """,
            as: .purpose("check"), deadline: self.deadline
        ).rows.first?.get("found") ?? false
    }

    /// How many entries a tree has by now; `nil` if nothing says so.
    func size(logEpoch: Int64) async throws -> Int64? {
        try await self.database.query(
            """
            SELECT coalesce(
                (SELECT size FROM audit.log_state WHERE log_epoch = \(logEpoch)),
                (SELECT kept_size FROM audit.log_epochs WHERE log_epoch - 1 = \(logEpoch))
            ) AS size
            """,
            as: .purpose("check"), deadline: self.deadline
        ).rows.first?.get("size")
    }

    /// Where each producer stood when a tree began.
    func producersBefore(logEpoch: Int64) async throws -> [String: ProducerPlace] {
        let rows = try await self.database.query(
            """
            SELECT DISTINCT ON (producer) producer, epoch, sequence FROM audit.entries
            WHERE log_epoch < \(logEpoch) ORDER BY producer, epoch DESC, sequence DESC
            """,
            as: .purpose("check"), deadline: self.deadline
        ).rows
        return Dictionary(
            try rows.map { row in
                (
                    try row.get("producer", as: String.self),
                    ProducerPlace(
                        epoch: try row.get("epoch"), sequence: try row.get("sequence"))
                )
            }, uniquingKeysWith: { $1 })
    }

    /// Whether numbers of a producer are recorded as lost, all of them.
    func isLost(
        producer: String, epoch: Int64, sequences: ClosedRange<Int64>
    ) async throws -> Bool {
        try await self.database.query(
            """
            SELECT EXISTS (
                SELECT FROM audit.producer_gaps
                WHERE producer = \(producer) AND epoch = \(epoch)
                    AND first_sequence <= \(sequences.lowerBound)
                    AND last_sequence >= \(sequences.upperBound)) AS found
            """,
            as: .purpose("check"), deadline: self.deadline
        ).rows.first?.get("found") ?? false
    }

    /// How far the log claims to have each producer's events.
    func producers() async throws -> [String: ProducerState] {
        try await IngestStore(database: self.database).producers()
    }
}
