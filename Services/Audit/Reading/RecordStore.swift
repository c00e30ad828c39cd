internal import AuditAPI
internal import Postgres

internal import struct FoundationEssentials.UUID

/// The SQL of reading records: here in the order of the log.
struct RecordStore: Sendable {
    let database: Database

    /// Records read at once: with payloads of the greatest size 4.5 MiB.
    static let batchCount: Int64 = 64
    /// Entries looked at by one statement, matching or not.
    static let windowCount: Int64 = 16_384

    /// A record by its event; the first one, should a producer have used an id twice.
    func record(
        _ eventID: UUID, deadline: ContinuousClock.Instant?
    ) async throws -> AuditRecord? {
        try await self.database.read(
            """
            SELECT \(fragment: StoredRecord.columns) FROM audit.entries AS e
            \(fragment: StoredRecord.joins)
            WHERE e.event_id = \(eventID) ORDER BY e.log_epoch, e.log_index LIMIT 1
            """,
            as: .purpose("read"), deadline: deadline
        ).decodeFirst(StoredRecord.self)?.record
    }

    /// The next records of a part of the log, at most ``batchCount``.
    func records(
        _ filter: RecordFilter, logEpoch: Int64, in range: Range<Int64>,
        deadline: ContinuousClock.Instant?
    ) async throws -> [AuditRecord] {
        try await self.database.query(
            """
            SELECT \(fragment: StoredRecord.columns)
            FROM (
                SELECT e.* FROM audit.entries AS e
                WHERE e.log_epoch = \(logEpoch) AND e.log_index >= \(range.lowerBound)
                    AND e.log_index < \(range.upperBound) AND \(fragment: filter.condition)
                ORDER BY e.log_index LIMIT \(Self.batchCount)
            ) AS e
            \(fragment: StoredRecord.joins)
            ORDER BY e.log_index
            """,
            as: .purpose("read"), deadline: deadline
        ).decode(StoredRecord.self).map(\.record)
    }

    /// A tree of the log and where it ends.
    struct Extent: Sendable, Hashable {
        let logEpoch: Int64
        /// How many entries there are.
        let end: Int64
        /// Whether more may come.
        let isCurrent: Bool
    }

    /// How large a tree is, the current one if none is named; `nil` if there is no such tree.
    func extent(
        of asked: Int64?, deadline: ContinuousClock.Instant? = nil
    ) async throws -> Extent? {
        let row = try await self.database.read(
            """
            SELECT s.log_epoch AS current_epoch, s.size, n.kept_size
            FROM audit.log_state AS s
            LEFT JOIN audit.log_epochs AS n ON n.log_epoch = \(asked)::bigint + 1
            """,
            as: .nobody, deadline: deadline
        ).rows.first
        guard let row else {
            throw DatabaseError(code: .decoding, message: "audit.log_state has no row")
        }
        let current: Int64 = try row.get("current_epoch")
        let epoch = asked ?? current
        if epoch == current {
            return Extent(logEpoch: current, end: try row.get("size"), isCurrent: true)
        }
        guard epoch > 0, epoch < current else { return nil }
        return Extent(
            logEpoch: epoch, end: try row.get("kept_size", as: Int64?.self) ?? 0,
            isCurrent: false)
    }
}
