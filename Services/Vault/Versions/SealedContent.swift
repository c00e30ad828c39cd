internal import Postgres
internal import SecretFormat

internal import struct FoundationEssentials.UUID

/// What a version holds, sealed.
struct SealedContent: Sendable {
    let wrapped: WrappedKey
    let ciphertext: [UInt8]

    /// Reads what versions hold: a row for each, in their order; see ``decode(_:)``.
    static func query(_ versions: [VersionRecord]) -> SQL {
        """
        SELECT v.epoch_key_id, v.wrapped_key, v.ciphertext
        FROM unnest(\(versions.map(\.secretID)), \(versions.map(\.number)))
            WITH ORDINALITY AS q (secret_id, number, ordinal)
        LEFT JOIN vault.secret_versions AS v
            ON v.secret_id = q.secret_id AND v.number = q.number
        ORDER BY q.ordinal
        """
    }

    /// What ``query(_:)`` found; `nil` in the place of one that was destroyed.
    static func decode(_ result: QueryResult) throws -> [SealedContent?] {
        try result.rows.map { row in
            guard let wrapped = try row.get("wrapped_key", as: [UInt8]?.self),
                let ciphertext = try row.get("ciphertext", as: [UInt8]?.self)
            else { return nil }
            return SealedContent(
                wrapped: WrappedKey(bytes: wrapped, keyID: try row.get("epoch_key_id")),
                ciphertext: ciphertext)
        }
    }
}
