internal import AuditAPI
internal import Postgres

extension RecordStore {
    /// Bytes of entries and payloads after which a page ends; the one that passes it is the last.
    static let pageByteCount: Int64 = 1_048_576
    /// CBOR items after which a page ends.
    static let pageItemCount = 32_768

    /// A page of a search, newest first.
    ///
    /// - Returns: at most `limit` records, and where the page ends if more follow.
    func search(
        _ filter: RecordFilter, after position: SearchPosition?, limit: Int,
        deadline: ContinuousClock.Instant?
    ) async throws -> (records: [AuditRecord], next: SearchPosition?) {
        let rows = try await self.database.query(
            Self.statement(filter, after: position, limit: limit), as: .purpose("read"),
            deadline: deadline
        ).rows
        guard let candidateCount = try rows.first?.get("candidate_count", as: Int64.self) else {
            return ([], nil)
        }
        var records: [AuditRecord] = []
        var itemCount = 0
        var last: SearchPosition?
        for row in rows.prefix(limit) where itemCount < Self.pageItemCount {
            let stored = try StoredRecord(row: row)
            records.append(stored.record)
            itemCount += stored.itemCount
            last = stored.position
        }
        return (records, candidateCount > records.count ? last : nil)
    }

    /// Finds the page's keys in the indexes alone, then reads what belongs to them.
    static func statement(
        _ filter: RecordFilter, after position: SearchPosition?, limit: Int
    ) -> SQL {
        """
        WITH RECURSIVE \(fragment: Self.keys(filter, after: position, limit: Int64(limit) + 1))
        SELECT * FROM (
            SELECT e.*, count(*) OVER () AS candidate_count, sum(e.byte_count) OVER (
                ORDER BY e.occurred_at DESC, e.log_epoch DESC, e.log_index DESC
                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS bytes_before
            FROM (
                SELECT \(fragment: StoredRecord.columns),
                    octet_length(e.entry) + coalesce(octet_length(p.payload), 0) AS byte_count
                FROM keys JOIN audit.entries AS e
                    ON e.log_epoch = keys.log_epoch AND e.log_index = keys.log_index
                \(fragment: StoredRecord.joins)
            ) AS e
        ) AS e
        WHERE coalesce(e.bytes_before, 0) < \(Self.pageByteCount)
        ORDER BY e.occurred_at DESC, e.log_epoch DESC, e.log_index DESC
        """
    }

    /// The common table expressions that end with `keys`.
    ///
    /// Entries of one kind lie together in each index, in the order of time.  So a search visits
    /// the kinds that its subject has, keeps those that are asked for, looks at the newest entry of
    /// each, and reads on only in those whose newest is among the newest of all: what it does not
    /// show costs a look per kind, however many entries that has.
    private static func keys(
        _ filter: RecordFilter, after position: SearchPosition?, limit: Int64
    ) -> SQL {
        let kind = filter.kindCondition(of: "k")
        guard !filter.isNarrow, kind != nil || filter.subject != nil else {
            return """
                keys AS MATERIALIZED (
                    SELECT e.occurred_at, e.log_epoch, e.log_index FROM audit.entries AS e
                    WHERE \(fragment: Self.conjunction(
                        [filter.condition] + Self.bound(position)))
                    \(fragment: Self.newestFirst) LIMIT \(limit))
                """
        }
        let subject = filter.subject ?? "true"
        let among = Self.conjunction([subject] + filter.rest + Self.bound(position))
        return """
            kinds AS (
                (SELECT \(fragment: Self.kindColumns) FROM audit.entries AS e
                WHERE \(fragment: subject) ORDER BY e.kind LIMIT 1)
                UNION ALL
                SELECT n.* FROM kinds AS k CROSS JOIN LATERAL (
                    SELECT \(fragment: Self.kindColumns) FROM audit.entries AS e
                    WHERE \(fragment: subject) AND e.kind > k.kind ORDER BY e.kind LIMIT 1) AS n
            ), heads AS MATERIALIZED (
                SELECT k.kind, e.* FROM kinds AS k CROSS JOIN LATERAL (
                    SELECT e.occurred_at, e.log_epoch, e.log_index FROM audit.entries AS e
                    WHERE e.kind = k.kind AND \(fragment: among)
                    \(fragment: Self.newestFirst) LIMIT 1) AS e
                WHERE \(fragment: kind ?? "true")
                \(fragment: Self.newestFirst) LIMIT \(limit)
            ), keys AS MATERIALIZED (
                SELECT e.* FROM heads AS h CROSS JOIN LATERAL (
                    SELECT e.occurred_at, e.log_epoch, e.log_index FROM audit.entries AS e
                    WHERE e.kind = h.kind AND \(fragment: among)
                    \(fragment: Self.newestFirst) LIMIT \(limit)) AS e
                \(fragment: Self.newestFirst) LIMIT \(limit))
            """
    }

    private static let kindColumns: SQL =
        "e.kind, e.action, e.outcome, e.resource_type, e.method, e.producer"
    private static let newestFirst: SQL =
        "ORDER BY e.occurred_at DESC, e.log_epoch DESC, e.log_index DESC"

    private static func bound(_ position: SearchPosition?) -> [SQL] {
        guard let position else { return [] }
        return [
            """
            (e.occurred_at, e.log_epoch, e.log_index) < (
                timestamptz 'epoch' + \(position.microseconds)::bigint * interval '1 microsecond',
                \(position.logEpoch), \(position.logIndex))
            """
        ]
    }

    private static func conjunction(_ conditions: [SQL]) -> SQL {
        conditions.joined(separator: " AND ")
    }
}
