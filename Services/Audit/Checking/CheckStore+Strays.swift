internal import AuditAPI
internal import Postgres

/// What lies where nothing of the log looks; each query sees one moment, so that a log that grows
/// meanwhile is no fault.
extension CheckStore {
    /// Faults that one query tells, at most.
    private static let faultLimit: Int64 = 100

    /// Entries outside of every tree, and those of a tree that are outside of it.
    func strayEntries(logEpoch: Int64) async throws -> [LogFault] {
        try await self.faults(
            """
            SELECT 'entry ' || e.log_index AS place,
                'It lies outside of the tree ' || e.log_epoch || '.' AS description
            FROM audit.entries AS e
            WHERE (e.log_epoch = \(logEpoch) AND e.log_index < 0)
                OR (e.log_epoch = \(logEpoch) AND e.log_index >= \(fragment: Self.size(logEpoch)))
                OR e.log_epoch < 1
                OR e.log_epoch > (SELECT max(n.log_epoch) FROM audit.log_epochs AS n)
            LIMIT \(Self.faultLimit)
            """)
    }

    /// Payloads without an entry, or beside the one that the entry has.
    func strayPayloads() async throws -> [LogFault] {
        try await self.faults(
            """
            SELECT 'entry ' || p.log_index AS place,
                'A payload of the tree ' || p.log_epoch || ' belongs to no entry.' AS description
            FROM audit.payloads AS p
            WHERE NOT EXISTS (
                SELECT FROM audit.entries AS e
                WHERE e.log_epoch = p.log_epoch AND e.log_index = p.log_index
                    AND e.class = p.class
                    AND p.month = date_trunc('month', e.occurred_at AT TIME ZONE 'UTC')::date)
            LIMIT \(Self.faultLimit)
            """)
    }

    /// Tiles that are wider than their tree gives, behind its edge, or of no tree.
    func strayTiles(logEpoch: Int64) async throws -> [LogFault] {
        try await self.faults(
            """
            SELECT 'tile ' || t.level || '/' || t.tile_index AS place,
                'The tree ' || t.log_epoch || ' has no such tile, or not so wide a one.'
                    AS description
            FROM audit.tiles AS t
            WHERE (t.log_epoch = \(logEpoch)
                    AND t.width > (\(fragment: Self.size(logEpoch)) >> (8 * t.level))
                        - 256 * t.tile_index::numeric)
                OR t.log_epoch < 1
                OR t.log_epoch > (SELECT max(n.log_epoch) FROM audit.log_epochs AS n)
            LIMIT \(Self.faultLimit)
            """)
    }

    /// Producers of whom something else is recorded than the log has.
    func producerFaults() async throws -> [LogFault] {
        try await self.faults(
            """
            SELECT 'producer ' || p.producer AS place,
                'What is recorded of it is not what its last entry says.' AS description
            FROM audit.producers AS p
            LEFT JOIN LATERAL (
                SELECT e.log_epoch, e.log_index, e.epoch, e.sequence FROM audit.entries AS e
                WHERE e.producer = p.producer ORDER BY e.epoch DESC, e.sequence DESC LIMIT 1
            ) AS n ON true
            LEFT JOIN audit.tiles AS t
                ON t.log_epoch = n.log_epoch AND t.level = 0 AND t.tile_index = n.log_index >> 8
            WHERE n.sequence IS NULL OR (n.epoch, n.sequence) <> (p.epoch, p.last_sequence)
                OR substring(t.hashes FROM (n.log_index & 255)::int * 32 + 1 FOR 32)
                    <> p.last_leaf_hash
            ORDER BY p.producer LIMIT \(Self.faultLimit)
            """)
    }

    /// Numbers that are recorded as lost, and are not, or not before the entry that is named.
    func gapFaults() async throws -> [LogFault] {
        try await self.faults(
            """
            SELECT 'producer ' || g.producer AS place,
                'The numbers ' || g.first_sequence || ' to ' || g.last_sequence || ' of epoch '
                    || g.epoch || ' are recorded as lost, and no entry bears that out.'
                    AS description
            FROM audit.producer_gaps AS g
            LEFT JOIN audit.entries AS e
                ON e.log_epoch = g.log_epoch AND e.log_index = g.log_index
            WHERE e.sequence IS NULL OR e.producer <> g.producer OR e.epoch <> g.epoch
                OR e.sequence - 1 <> g.last_sequence
                OR EXISTS (
                    SELECT FROM audit.entries AS x
                    WHERE x.producer = g.producer AND x.epoch = g.epoch
                        AND x.sequence BETWEEN g.first_sequence AND g.last_sequence)
            ORDER BY g.producer, g.epoch, g.first_sequence LIMIT \(Self.faultLimit)
            """)
    }

    /// How many entries a tree has, within a query.
    private static func size(_ logEpoch: Int64) -> SQL {
        """
        coalesce(
            (SELECT s.size FROM audit.log_state AS s WHERE s.log_epoch = \(logEpoch)),
            (SELECT n.kept_size FROM audit.log_epochs AS n WHERE n.log_epoch - 1 = \(logEpoch)))
        """
    }

    private func faults(_ sql: SQL) async throws -> [LogFault] {
        try await self.database.query(
            sql, as: .purpose("check"), deadline: self.deadline
        ).rows.map { row in
            LogFault(place: try row.get("place"), description: try row.get("description"))
        }
    }
}
