internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL about what is due: which events are still to be recorded, and what is to be rotated.
struct NoticeStore: Sendable {
    let database: Database
    let audit: AuditOutbox

    /// What is to be said of a secret.
    struct Notice: RowDecodable, Sendable {
        let secretID: UUID
        let name: String
        let kind: String
        let dueAt: Date

        init(row: Row) throws {
            self.secretID = try row.get("id")
            self.name = try row.get("name")
            self.kind = try row.get("kind")
            self.dueAt = try row.get("due_at")
        }
    }

    /// Notices of one round, at most.
    private static let limit = 100

    /// Records what is due within a week, and what is due now, each once.
    ///
    /// - Returns: how many events were recorded.
    func notice() async throws -> Int {
        try await self.database.transaction(
            as: EpochStore.purpose, deadline: .now + .seconds(30)
        ) { transaction in
            let notices: [Notice] = try await transaction.execute(Self.due).decode()
            guard !notices.isEmpty else { return 0 }
            let insert: SQL = """
                INSERT INTO vault.notices (secret_id, kind, due_at)
                SELECT * FROM unnest(
                    \(notices.map(\.secretID)), \(notices.map(\.kind)), \(notices.map(\.dueAt)))
                """
            let events = try self.audit.record(
                try notices.map { try self.audit.admit(Self.fact($0), in: nil) })
            _ = try await transaction.batch([insert, events])
            return notices.count
        }
    }

    /// Secrets that the vault is to rotate by itself now.
    func dueForRotation() async throws -> [UUID] {
        try await self.database.query(
            """
            SELECT id FROM vault.secrets
            WHERE next_rotation_at <= clock_timestamp() AND rotation_enabled AND is_active
                AND rotation_method = 'random' AND deleted_at IS NULL AND destroyed_at IS NULL
            ORDER BY next_rotation_at LIMIT \(Self.limit)
            """,
            as: EpochStore.purpose, deadline: .now + .seconds(30)
        ).rows.map { try $0.get(0) }
    }

    /// Secrets whose hooks or peers are to rotate them now, or have begun to.
    ///
    /// - Parameter held: those that are left alone.
    func dueForSteps(but held: [UUID]) async throws -> [UUID] {
        try await self.database.query(
            """
            SELECT s.id FROM vault.secrets AS s
            WHERE s.rotation_method IN ('hook', 'peer') AND s.is_active
                AND s.deleted_at IS NULL AND s.destroyed_at IS NULL
                AND (s.rotation_enabled AND s.next_rotation_at <= clock_timestamp()
                    OR s.pending_version = s.latest_version AND EXISTS (
                        SELECT FROM vault.secret_versions AS v
                        WHERE v.secret_id = s.id AND v.number = s.pending_version
                            AND v.producer = s.rotation_method || ':'
                                || (s.rotation_configuration ->> s.rotation_method)))
                AND s.id <> ALL (\(held))
            ORDER BY s.next_rotation_at, s.id LIMIT \(Self.limit)
            """,
            as: EpochStore.purpose, deadline: .now + .seconds(30)
        ).rows.map { try $0.get(0) }
    }

    private static let due: SQL = """
        SELECT s.id, s.name, n.kind, n.due_at
        FROM vault.secrets AS s CROSS JOIN LATERAL (VALUES
            ('rotation_ahead', s.next_rotation_at, s.next_rotation_at - interval '7 days'),
            ('rotation_due', s.next_rotation_at, s.next_rotation_at),
            ('expiry_ahead', s.expires_at, s.expires_at - interval '7 days'),
            ('expired', s.expires_at, s.expires_at)) AS n (kind, due_at, said_at)
        WHERE (s.next_rotation_at <= clock_timestamp() + interval '7 days'
                OR s.expires_at <= clock_timestamp() + interval '7 days')
            AND s.destroyed_at IS NULL AND s.deleted_at IS NULL
            AND n.said_at <= clock_timestamp()
            AND NOT EXISTS (SELECT FROM vault.notices AS k
                WHERE k.secret_id = s.id AND k.kind = n.kind AND k.due_at = n.due_at)
        ORDER BY n.said_at LIMIT 100
        """

    private static func fact(_ notice: Notice) -> AuditFact {
        AuditFact(
            notice.kind.hasPrefix("rotation") ? .secretRotationDue : .secretExpiring,
            of: AuditResource("secret", notice.secretID),
            payload: AuditPayload(
                details: .object([
                    "notice": .string(notice.kind), "name": .string(notice.name),
                    "dueAt": .number(notice.dueAt.timeIntervalSince1970),
                ])))
    }
}
