internal import FoundationEssentials
internal import IdentityAPI
package import Postgres
internal import ServiceKit

/// The SQL of verification keys.
struct SigningKeyStore: Sendable {
    let database: Database

    /// For how long a key stays valid after the last service that signed with it said so: longer
    /// than a token lives, so that a retired key never had a valid token.
    static let retirementDelay = Duration.seconds(600)

    /// The keys whose tokens are valid.
    func list(deadline: ContinuousClock.Instant?) async throws -> [SigningKey] {
        try await self.database.read(
            """
            SELECT id, public_key FROM identity.signing_keys
            WHERE retired_at IS NULL ORDER BY created_at, id
            """,
            as: .purpose("signing_keys"), deadline: deadline
        ).decode()
    }

    /// Says that this process signs with a key; publishes and records it unless it is published.
    func register(_ key: SigningKey, recordingIn audit: AuditOutbox) async throws {
        let isNew: SQL = """
            EXISTS (SELECT FROM identity.signing_keys
                WHERE id = \(key.id) AND xmin = pg_current_xact_id()::xid)
            """
        _ = try await self.database.write(
            """
            WITH inserted AS (
                INSERT INTO identity.signing_keys (id, public_key)
                VALUES (\(key.id), \(key.publicKey)) ON CONFLICT DO NOTHING
                RETURNING id, public_key
            ), revived AS (
                UPDATE identity.signing_keys SET last_used_at = now(), retired_at = NULL
                WHERE id = \(key.id) AND retired_at IS NOT NULL
                RETURNING id, public_key
            )
            SELECT identity.publish_access('signing_key', jsonb_build_object(
                'id', id, 'publicKey', encode(public_key, 'base64')))
            FROM (SELECT * FROM inserted UNION ALL SELECT * FROM revived) AS published
            """,
            try audit.record(.signingKeyAdded(key.id), in: nil, if: isNew),
            """
            UPDATE identity.signing_keys SET last_used_at = now() WHERE id = \(key.id)
            """,
            as: .purpose("signing_keys"))
    }

    /// Retires keys that nobody has signed with for long enough, and records that.
    func retireUnused(recordingIn audit: AuditOutbox) async throws {
        try await self.database.transaction(as: .purpose("signing_keys")) { transaction in
            let retired = try await transaction.execute(Self.retire)
            _ = try await transaction.batch(
                try retired.rows.map {
                    try audit.record(.signingKeyRetired(try $0.get("id")), in: nil)
                })
        }
    }

    private static var retire: SQL {
        """
        WITH retired AS (
            UPDATE identity.signing_keys SET retired_at = now()
            WHERE retired_at IS NULL AND last_used_at < now()
                - make_interval(secs => \(Self.retirementDelay.seconds))
            RETURNING id, public_key
        )
        SELECT id, identity.publish_access('signing_key_retired', jsonb_build_object(
            'id', id, 'publicKey', encode(public_key, 'base64')))
        FROM (SELECT * FROM retired ORDER BY id) AS sorted
        """
    }
}

extension SigningKey: RowDecodable {
    package init(row: Row) throws {
        self.init(id: try row.get("id"), publicKey: try row.get("public_key"))
    }
}
