internal import Postgres

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL of versions.
struct VersionStore: Sendable {
    let database: Database

    /// The lock that is shared by who stores a version, and held by who destroys an epoch.
    static let shareEpochs: SQL = """
        SELECT pg_advisory_xact_lock_shared(hashtextextended('vault.epochs', 0))
        """
    /// The same, without waiting: whether the lock was had.
    static let tryToShareEpochs: SQL = """
        SELECT pg_try_advisory_xact_lock_shared(hashtextextended('vault.epochs', 0))
        """
    /// The same for who destroys an epoch.
    static let holdEpochs: SQL = """
        SELECT pg_advisory_xact_lock(hashtextextended('vault.epochs', 0))
        """

    /// One version.
    static func version(_ secretID: UUID, _ number: Int64) -> SQL {
        """
        SELECT \(fragment: VersionRecord.columns) FROM vault.secret_versions AS v
        WHERE v.secret_id = \(secretID) AND v.number = \(number)
        """
    }

    /// Stores a version.
    static func insert(
        _ record: VersionRecord, wrapped: WrappedKey, ciphertext: [UInt8]
    ) -> SQL {
        """
        INSERT INTO vault.secret_versions (
            secret_id, number, id, owner_id, secret_type, producer, suite, epoch_key_id,
            wrapped_key, ciphertext, ciphertext_hash, commitment, byte_count, created_by,
            rotation_reason, created_at, row_mac)
        VALUES (\(record.secretID), \(record.number), \(record.id), \(record.ownerID),
            \(record.type), \(record.producer), \(record.suite), \(wrapped.keyID),
            \(wrapped.bytes), \(ciphertext), \(record.ciphertextHash), \(record.commitment),
            \(record.byteCount), \(record.createdBy), \(record.rotationReason),
            \(record.createdAt), \(record.rowMAC))
        """
    }

    /// Takes what is sealed out of versions; of all of a secret if none is named.
    static func empty(_ secretID: UUID, _ number: Int64?) -> SQL {
        """
        UPDATE vault.secret_versions SET wrapped_key = NULL, ciphertext = NULL
        WHERE secret_id = \(secretID) AND coalesce(number = \(number), true)
            AND wrapped_key IS NOT NULL
        """
    }

    /// Versions of a secret, newest first.
    func list(
        _ secretID: UUID, before: Int64?, limit: Int, deadline: ContinuousClock.Instant?
    ) async throws -> [VersionRecord] {
        var condition: SQL = "v.secret_id = \(secretID)"
        if let before { condition += " AND v.number < \(before)" }
        return try await self.database.read(
            """
            SELECT \(fragment: VersionRecord.columns) FROM vault.secret_versions AS v
            WHERE \(fragment: condition) ORDER BY v.number DESC LIMIT \(limit)
            """,
            as: SecretStore.purpose, deadline: deadline
        ).decode()
    }
}
