internal import Postgres
internal import TransparencyLog

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL that reads entries and payloads.
struct EntryStore: Sendable {
    let database: Database

    /// Entries read at once, at most.
    static let pageCount: Int64 = 256

    /// An entry with its payload, if that was asked for and is there.
    struct StoredRow: RowDecodable, Sendable {
        let logEpoch: Int64
        let logIndex: Int64
        let entry: Data
        let payload: Data?
        let salt: Data?

        init(row: Row) throws {
            self.logEpoch = try row.get("log_epoch")
            self.logIndex = try row.get("log_index")
            self.entry = try row.get("entry")
            self.payload = try row.get("payload")
            self.salt = try row.get("salt")
        }
    }

    /// The join by which an entry's payload is found in the one partition that can have it.
    static let payloadJoin: SQL = """
        LEFT JOIN audit.payloads AS p ON p.log_epoch = e.log_epoch AND p.log_index = e.log_index
            AND p.class = e.class
            AND p.month = date_trunc('month', e.occurred_at AT TIME ZONE 'UTC')::date
        """

    /// An entry by its place.
    func entry(
        logEpoch: Int64, logIndex: Int64, deadline: ContinuousClock.Instant?
    ) async throws -> StoredRow? {
        try await self.database.read(
            """
            SELECT e.log_epoch, e.log_index, e.entry, p.payload, p.salt FROM audit.entries AS e
            \(fragment: Self.payloadJoin)
            WHERE e.log_epoch = \(logEpoch) AND e.log_index = \(logIndex)
            """,
            as: .purpose("read"), deadline: deadline
        ).decodeFirst()
    }

    /// An entry by its event; the first one, should a producer have used an id twice.
    func entry(
        eventID: UUID, logEpoch: Int64?, deadline: ContinuousClock.Instant?
    ) async throws -> StoredRow? {
        var condition: SQL = "e.event_id = \(eventID)"
        if let logEpoch { condition += " AND e.log_epoch = \(logEpoch)" }
        return try await self.database.read(
            """
            SELECT e.log_epoch, e.log_index, e.entry, p.payload, p.salt FROM audit.entries AS e
            \(fragment: Self.payloadJoin)
            WHERE \(fragment: condition) ORDER BY e.log_epoch, e.log_index LIMIT 1
            """,
            as: .purpose("read"), deadline: deadline
        ).decodeFirst()
    }

    /// The next entries in the order of the log.
    func entries(
        logEpoch: Int64, from first: Int64, to end: Int64, withPayloads: Bool,
        deadline: ContinuousClock.Instant?
    ) async throws -> [StoredRow] {
        let columns: SQL =
            withPayloads
            ? "p.payload, p.salt" : "NULL::bytea AS payload, NULL::bytea AS salt"
        return try await self.database.query(
            """
            SELECT e.log_epoch, e.log_index, e.entry, \(fragment: columns)
            FROM audit.entries AS e
            \(fragment: withPayloads ? Self.payloadJoin : "")
            WHERE e.log_epoch = \(logEpoch) AND e.log_index >= \(first)
                AND e.log_index < \(end)
            ORDER BY e.log_index LIMIT \(withPayloads ? Self.pageCount / 4 : Self.pageCount)
            """,
            as: .purpose("read"), deadline: deadline
        ).decode()
    }
}
