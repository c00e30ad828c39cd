internal import Postgres
internal import VaultAPI

internal import struct FoundationEssentials.UUID

/// All SQL about which versions are under which epoch.
struct EpochStore: Sendable {
    let database: Database

    /// What the transactions of the worker are for.
    static let purpose = DatabaseIdentity.purpose("upkeep")

    /// How many versions have their data key under a key.
    static func versionCount(under keyID: [UInt8]) -> SQL {
        """
        SELECT count(*) FROM vault.secret_versions
        WHERE epoch_key_id = \(keyID) AND wrapped_key IS NOT NULL
        """
    }

    /// How many versions have their data key under another one.
    func remainingCount(activeKeyID: [UInt8]) async throws -> Int64 {
        try await self.database.query(
            """
            SELECT count(*) FROM vault.secret_versions
            WHERE epoch_key_id <> \(activeKeyID) AND wrapped_key IS NOT NULL
            """,
            as: Self.purpose, deadline: .now + .seconds(30)
        ).rows[0].get(0)
    }

    /// How many versions have their data key under which key.
    func counts(deadline: ContinuousClock.Instant?) async throws -> [[UInt8]: Int64] {
        let rows = try await self.database.query(
            """
            SELECT epoch_key_id, count(*) AS count FROM vault.secret_versions
            WHERE wrapped_key IS NOT NULL GROUP BY epoch_key_id
            """,
            as: SecretStore.purpose, deadline: deadline
        ).rows
        var counts: [[UInt8]: Int64] = [:]
        for row in rows { counts[try row.get("epoch_key_id")] = try row.get("count") }
        return counts
    }

    /// How far versions are moved to a key.
    func progress(
        activeKeyID: [UInt8], epoch: Int64, deadline: ContinuousClock.Instant?
    ) async throws -> RewrapProgress {
        let counts = try await self.counts(deadline: deadline)
        let total = counts.values.reduce(0, +)
        let remaining = total - (counts[activeKeyID] ?? 0)
        return RewrapProgress(
            epoch: epoch, totalCount: total, remainingCount: remaining,
            isComplete: remaining == 0)
    }

    /// A version whose data key is under another epoch.
    struct Stale: RowDecodable, Sendable {
        let version: VersionRecord
        let wrapped: WrappedKey

        init(row: Row) throws {
            self.version = try VersionRecord(row: row)
            self.wrapped = WrappedKey(
                bytes: try row.get("wrapped_key"), keyID: self.version.epochKeyID)
        }
    }

    /// Some versions that are not under a key, locked until the transaction ends.
    ///
    /// - Parameter position: only those behind this one.
    static func stale(
        activeKeyID: [UInt8], after position: (secretID: UUID, number: Int64)?, limit: Int
    ) -> SQL {
        var condition: SQL = "v.epoch_key_id <> \(activeKeyID) AND v.wrapped_key IS NOT NULL"
        if let position {
            condition += """
                 AND (v.secret_id, v.number) > (\(position.secretID), \(position.number))
                """
        }
        return """
            SELECT \(fragment: VersionRecord.columns), v.wrapped_key
            FROM vault.secret_versions AS v WHERE \(fragment: condition)
            ORDER BY v.secret_id, v.number LIMIT \(limit) FOR NO KEY UPDATE SKIP LOCKED
            """
    }

    /// Stores data keys that were sealed anew.
    static func store(_ moved: [(version: VersionRecord, wrapped: WrappedKey)]) -> SQL {
        """
        UPDATE vault.secret_versions AS v
        SET epoch_key_id = m.key_id, wrapped_key = m.wrapped_key
        FROM unnest(\(moved.map(\.version.secretID)), \(moved.map(\.version.number)),
            \(moved.map(\.wrapped.keyID)), \(moved.map(\.wrapped.bytes)))
            AS m (secret_id, number, key_id, wrapped_key)
        WHERE v.secret_id = m.secret_id AND v.number = m.number AND v.wrapped_key IS NOT NULL
        """
    }
}
