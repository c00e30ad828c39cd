internal import AuditAPI
internal import AuditFormat
internal import Postgres

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL of appending.
struct IngestStore: Sendable {
    let database: Database

    /// Longest time of one batch.
    static let batchTimeout: Duration = .seconds(15)

    /// Takes the log over: whoever appended before can do so no more.
    func takeOver() async throws -> LogState {
        try await self.state(
            self.database.write(
                """
                UPDATE audit.log_state AS s SET writer_term = s.writer_term + 1
                RETURNING \(fragment: LogState.columns)
                """,
                as: .purpose("ingest"), deadline: .now + Self.batchTimeout)[0])
    }

    /// How large the log is.
    func state() async throws -> LogState {
        try await self.state(
            self.database.query(
                "SELECT \(fragment: LogState.columns) FROM audit.log_state AS s",
                as: .purpose("ingest"), deadline: .now + Self.batchTimeout))
    }

    private func state(_ result: QueryResult) throws -> LogState {
        guard let state: LogState = try result.decodeFirst() else { throw LogFailure.stateMissing }
        return state
    }

    /// How far the log has every producer's events.
    func producers() async throws -> [String: ProducerState] {
        let rows = try await self.database.query(
            """
            SELECT producer, epoch, last_sequence, last_leaf_hash, checkpointed_sequence,
                accepts_gap
            FROM audit.producers
            """,
            as: .purpose("ingest"), deadline: .now + Self.batchTimeout
        ).rows
        return Dictionary(
            try rows.map { (try $0.get("producer", as: String.self), try ProducerState(row: $0)) },
            uniquingKeysWith: { $1 })
    }

    /// The events of entries that are stored; nothing for an entry that cannot be read, which is
    /// what no event is equal to.
    func events(
        _ keys: [BatchDraft.EntryKey]
    ) async throws -> [BatchDraft.EntryKey: Data] {
        guard !keys.isEmpty else { return [:] }
        let rows = try await self.database.query(
            """
            SELECT e.producer, e.epoch, e.sequence, e.entry
            FROM unnest(
                \(keys.map(\.producer)), \(keys.map(\.epoch)), \(keys.map(\.sequence))
            ) AS wanted (producer, epoch, sequence)
            JOIN audit.entries AS e ON e.producer = wanted.producer
                AND e.epoch = wanted.epoch AND e.sequence = wanted.sequence
            """,
            as: .purpose("ingest"), deadline: .now + Self.batchTimeout
        ).rows
        var events: [BatchDraft.EntryKey: Data] = [:]
        for row in rows {
            let key = BatchDraft.EntryKey(
                producer: try row.get("producer"), epoch: try row.get("epoch"),
                sequence: try row.get("sequence"))
            // Whoever checks the log is told what is wrong with it.
            let entry = try? LogEntry(canonicalBytes: try row.get("entry"))
            events[key] = entry?.event ?? Data()
        }
        return events
    }

    /// Which of these events the log has from a producer, under whatever number.
    func known(_ eventIDs: [UUID], of producer: String) async throws -> [UUID] {
        try await self.database.query(
            """
            SELECT DISTINCT e.event_id FROM audit.entries AS e
            WHERE e.event_id = ANY (\(eventIDs)) AND e.producer = \(producer)
            """,
            as: .purpose("ingest"), deadline: .now + Self.batchTimeout
        ).rows.map { try $0.get("event_id") }
    }

    /// Stores a batch: all of it, or nothing.
    ///
    /// - Throws: ``LogFailure/fenced`` if the log is not as this writer left it; what the database
    ///   throws.
    func store(_ batch: LogBatch) async throws {
        do {
            _ = try await self.database.write(
                batch.statements, as: .purpose("ingest"), deadline: .now + Self.batchTimeout)
        } catch let error as DatabaseError where error.sqlState == LogFailure.fencedSQLState {
            throw LogFailure.fenced
        }
    }

    /// Makes the partition for a class and a month, unless it is there.
    func makePartition(_ partition: PayloadPartition) async throws {
        _ = try await self.database.write(
            "SELECT audit.make_payload_partition(\(partition.auditClass), \(partition.month))",
            as: .purpose("ingest"), deadline: .now + Self.batchTimeout)
    }

    /// Remembers that a producer has called.
    func touch(_ producer: String) async throws {
        _ = try await self.database.write(
            """
            UPDATE audit.producers SET last_seen_at = clock_timestamp()
            WHERE producer = \(producer)
            """,
            as: .purpose("ingest"), deadline: .now + Self.batchTimeout)
    }
}
