internal import Postgres
internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL that finds secrets and versions.
struct SecretStore: Sendable {
    let database: Database

    /// What the transactions of calls are for.
    static let purpose = DatabaseIdentity.purpose("secrets")

    /// A secret, or a version of it, that somebody names.
    struct Question: Hashable, Sendable {
        var id: UUID?
        var name: String?
        var ownerID: UUID?
        var version: Int64?
        var label = SecretLabel.current
    }

    /// What there is of it, or a decoy of usual size in its place: whoever looks does the same
    /// with both, so that time does not tell what is there.
    struct Answer: RowDecodable, Sendable {
        /// Whether ``secret`` was found.
        let isThere: Bool
        let secret: SecretRecord
        /// Whether ``version`` was found.
        let hasVersion: Bool
        let version: VersionRecord
        /// The database's time.
        let now: Date

        init(row: Row) throws {
            self.isThere = try row.get("is_there")
            self.secret = try SecretRecord(row: row)
            self.hasVersion = try row.get("v_is_there")
            self.version = try VersionRecord(row: row)
            self.now = try row.get("looked_at")
        }
    }

    /// Looks for secrets and versions: the same work, and an answer of much the same size, whether
    /// they are there or not.
    func find(
        _ questions: [Question], deadline: ContinuousClock.Instant?
    ) async throws -> [Answer] {
        try await self.database.read(
            """
            SELECT clock_timestamp() AS looked_at, s.*, v.*
            FROM \(fragment: Self.asked(questions)) AS q (
                id, name, owner_id, version, label, ordinal)
            CROSS JOIN LATERAL (
                SELECT true AS is_there, \(fragment: SecretRecord.columns)
                FROM vault.secrets AS s WHERE s.id = q.id
                UNION ALL
                SELECT true, \(fragment: SecretRecord.columns)
                FROM vault.secrets AS s WHERE q.id IS NULL
                    AND s.owner_id = q.owner_id AND s.name = q.name AND s.destroyed_at IS NULL
                UNION ALL
                SELECT false, \(fragment: SecretRecord.decoy)
                ORDER BY is_there DESC LIMIT 1
            ) AS s
            CROSS JOIN LATERAL (
                SELECT true AS v_is_there, \(fragment: VersionRecord.columns)
                FROM vault.secret_versions AS v WHERE v.secret_id = s.id AND v.number =
                    CASE WHEN q.version IS NOT NULL THEN q.version
                        WHEN q.label = 'current' THEN s.current_version
                        WHEN q.label = 'previous' THEN s.previous_version
                        WHEN q.label = 'pending' THEN s.pending_version END
                UNION ALL
                SELECT false, \(fragment: VersionRecord.decoy)
                ORDER BY v_is_there DESC LIMIT 1
            ) AS v
            ORDER BY q.ordinal
            """,
            as: Self.purpose, deadline: deadline
        ).decode()
    }

    /// Questions as rows.  One is asked without lists: Postgres keeps the plan of such a statement,
    /// and would make that of one with lists anew each time, which takes longer than running it.
    private static func asked(_ questions: [Question]) -> SQL {
        guard questions.count == 1, let one = questions.first else {
            return """
                unnest(
                    \(questions.map(\.id)), \(questions.map(\.name)), \(questions.map(\.ownerID)),
                    \(questions.map(\.version)), \(questions.map(\.label.rawValue)))
                    WITH ORDINALITY
                """
        }
        return """
            (SELECT \(one.id), \(one.name), \(one.ownerID), \(one.version), \(one.label.rawValue),
                1::bigint)
            """
    }

    /// What was found by a name, read again by its id if the keyring knows a newer row: it may be
    /// newer than the first look.
    ///
    /// - Returns: the answer, and the newest revision that was known before it was read.
    func settled(
        _ answer: Answer, _ question: Question, known: Int64?, by keyring: Keyring,
        deadline: ContinuousClock.Instant?
    ) async throws -> (Answer, known: Int64?) {
        guard question.id == nil, let newest = keyring.revision(of: answer.secret.id),
            newest > answer.secret.revision
        else { return (answer, known) }
        var again = question
        again.id = answer.secret.id
        return (try await self.find([again], deadline: deadline)[0], newest)
    }

    /// A secret's row, locked until the transaction ends.
    static func lock(_ id: UUID) -> SQL {
        """
        SELECT \(fragment: SecretRecord.columns) FROM vault.secrets AS s WHERE s.id = \(id)
        FOR NO KEY UPDATE
        """
    }

    /// The time of the statement.
    static let clock: SQL = "SELECT clock_timestamp() AS now"

    /// Permissions that some secret asks for.
    func askedPermissions(deadline: ContinuousClock.Instant?) async throws -> [String] {
        try await self.database.read(
            """
            SELECT DISTINCT required_permission FROM vault.secrets
            WHERE required_permission IS NOT NULL
            """,
            as: Self.purpose, deadline: deadline
        ).rows.map { try $0.get(0) }
    }
}
