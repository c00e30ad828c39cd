internal import FoundationEssentials
internal import IdentityAPI
package import Postgres

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

    /// Says that this process signs with a key, and publishes it unless it is published.
    func register(_ key: SigningKey) async throws {
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
            """
            UPDATE identity.signing_keys SET last_used_at = now() WHERE id = \(key.id)
            """,
            as: .purpose("signing_keys"))
    }

    /// Retires keys that nobody has signed with for long enough.
    func retireUnused() async throws {
        _ = try await self.database.write(
            """
            WITH retired AS (
                UPDATE identity.signing_keys SET retired_at = now()
                WHERE retired_at IS NULL AND last_used_at < now()
                    - make_interval(secs => \(Self.retirementDelay.seconds))
                RETURNING id, public_key
            )
            SELECT identity.publish_access('signing_key_retired', jsonb_build_object(
                'id', id, 'publicKey', encode(public_key, 'base64')))
            FROM (SELECT * FROM retired ORDER BY id) AS sorted
            """,
            as: .purpose("signing_keys"))
    }
}

extension SigningKey: RowDecodable {
    package init(row: Row) throws {
        self.init(id: try row.get("id"), publicKey: try row.get("public_key"))
    }
}
