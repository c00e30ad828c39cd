internal import Postgres

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date

/// All SQL of the completeness proof.
struct CompletenessStore: Sendable {
    let database: Database

    /// Entries read at once, at most.
    static let pageCount: Int64 = 128

    /// Where entries lie that bound a span of time.
    struct Bounds: Sendable {
        /// The last entry of the producer before every one in the span; `nil` if there is none.
        let before: Int64?
        /// The first entry after every one in the span; `nil` if there is none yet.
        let after: Int64?
    }

    /// An entry of the producer.
    struct ProducedRow: RowDecodable, Sendable {
        let logIndex: Int64
        let entry: Data
        let lostFrom: Int64?

        init(row: Row) throws {
            self.logIndex = try row.get("log_index")
            self.entry = try row.get("entry")
            self.lostFrom = try row.get("lost_from")
        }
    }

    /// Finds the entries that bound a span, without a list of what lies between.
    func bounds(
        of producer: String, from: Date, to: Date, logEpoch: Int64, size: Int64,
        deadline: ContinuousClock.Instant?
    ) async throws -> Bounds {
        let mine: SQL = """
            e.producer = \(producer) AND e.log_epoch = \(logEpoch) AND e.log_index < \(size)
            """
        let rows = try await self.database.query(
            """
            WITH inside AS MATERIALIZED (
                SELECT min(e.log_index) AS first, max(e.log_index) AS last
                FROM audit.entries AS e
                WHERE \(fragment: mine) AND e.occurred_at >= \(from) AND e.occurred_at <= \(to)
            )
            SELECT (
                SELECT e.log_index FROM audit.entries AS e
                WHERE \(fragment: mine) AND e.occurred_at <= \(from)
                    AND e.log_index < coalesce((SELECT first FROM inside), \(size))
                ORDER BY e.log_index DESC LIMIT 1) AS before, (
                SELECT e.log_index FROM audit.entries AS e
                WHERE \(fragment: mine) AND e.occurred_at >= \(to)
                    AND e.log_index > coalesce((SELECT last FROM inside), -1)
                ORDER BY e.log_index LIMIT 1) AS after
            """,
            as: .purpose("read"), deadline: deadline
        ).rows
        return Bounds(
            before: try rows[0].get("before", as: Int64?.self),
            after: try rows[0].get("after", as: Int64?.self))
    }

    /// The next entries of a producer, each with the first of the numbers lost before it.
    func entries(
        of producer: String, logEpoch: Int64, from first: Int64, through last: Int64,
        deadline: ContinuousClock.Instant?
    ) async throws -> [ProducedRow] {
        try await self.database.query(
            """
            SELECT e.log_index, e.entry, g.first_sequence AS lost_from FROM audit.entries AS e
            LEFT JOIN audit.producer_gaps AS g ON g.producer = e.producer AND g.epoch = e.epoch
                AND g.last_sequence = e.sequence - 1
            WHERE e.producer = \(producer) AND e.log_epoch = \(logEpoch)
                AND e.log_index >= \(first) AND e.log_index <= \(last)
            ORDER BY e.log_index LIMIT \(Self.pageCount)
            """,
            as: .purpose("read"), deadline: deadline
        ).decode()
    }

    /// Whether the last number that the log claims to have of a producer is that of the newest
    /// entry in a tree, or of one that the tree does not cover.
    func hasAll(
        of producer: String, logEpoch: Int64, newest: Int64?, size: Int64,
        deadline: ContinuousClock.Instant?
    ) async throws -> Bool {
        try await self.database.query(
            """
            SELECT NOT EXISTS (
                SELECT FROM audit.producers AS p
                WHERE p.producer = \(producer) AND NOT EXISTS (
                    SELECT FROM audit.entries AS e
                    WHERE e.producer = p.producer AND e.epoch = p.epoch
                        AND e.sequence = p.last_sequence
                        AND (e.log_epoch <> \(logEpoch) OR e.log_index >= \(size)
                            OR e.log_index = \(newest)))) AS has_all
            """,
            as: .purpose("read"), deadline: deadline
        ).rows.first?.get("has_all") ?? false
    }
}
