internal import AuditAPI
package import Postgres

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// All SQL of retention.
struct RetentionStore: Sendable {
    let database: Database

    /// What the transactions of retention, erasure and holds are for.
    static let purpose = DatabaseIdentity.purpose("retention")

    /// How long each class is kept.
    func list(deadline: ContinuousClock.Instant?) async throws -> [RetentionSetting] {
        try await self.database.read(
            """
            SELECT r.class, r.days, r.changed_at, r.changed_by,
                audit.retention_days(r.class, now()) AS effective_days
            FROM audit.retention AS r ORDER BY r.days DESC, r.class
            """,
            as: Self.purpose, deadline: deadline
        ).decode()
    }

    /// Chooses how long a class is kept; tells the days before as `old_days`.
    static func set(_ retentionClass: RetentionClass, days: Int, by caller: UUID) -> SQL {
        """
        SELECT s.old_days, s.class, s.days, s.effective_days, s.changed_at, s.changed_by
        FROM audit.set_retention(\(retentionClass.rawValue), \(Int32(days)), \(caller)) AS s
        """
    }

    /// A class and a month of payloads.
    struct PayloadMonth: Hashable, Sendable, RowDecodable {
        let auditClass: String
        /// The first day as `2026-01-01`.
        let month: String

        init(row: Row) throws {
            self.auditClass = try row.get("class")
            self.month = try row.get("month")
        }
    }

    /// The months of payloads whose retention is over at a time, oldest first.
    func monthsThatAreOver(at time: Date) async throws -> [PayloadMonth] {
        try await self.database.query(
            """
            SELECT m.class, m.month::text AS month FROM audit.payload_months() AS m
            WHERE audit.is_month_over(m.class, m.month, \(time)) ORDER BY m.month, m.class
            """,
            as: Self.purpose, deadline: .now + .seconds(15)
        ).decode()
    }

    /// Payloads that have expired.
    struct Expiration: Sendable, RowDecodable {
        let id: UUID
        let auditClass: String
        let month: String
        let days: Int32
        let first: (logEpoch: Int64, logIndex: Int64)
        let last: (logEpoch: Int64, logIndex: Int64)

        init(row: Row) throws {
            self.id = try row.get("id")
            self.auditClass = try row.get("class")
            self.month = try row.get("month")
            self.days = try row.get("days")
            self.first = (try row.get("first_epoch"), try row.get("first_index"))
            self.last = (try row.get("last_epoch"), try row.get("last_index"))
        }
    }

    /// Removes a month of payloads; no row if there were none in it.
    static func expire(_ month: PayloadMonth, id: UUID) -> SQL {
        """
        SELECT e.id, e.class, e.month::text AS month, e.days, e.first_epoch, e.first_index,
            e.last_epoch, e.last_index
        FROM audit.expire_month(\(id), \(month.auditClass), \(month.month)::text::date) AS e
        """
    }

    /// The payloads of the month are under a hold.
    static let heldState = "SA011"
}

extension RetentionSetting: RowDecodable {
    package init(row: Row) throws {
        self.init(
            retentionClass: RetentionClass(rawValue: try row.get("class")),
            days: Int(try row.get("days", as: Int32.self)),
            effectiveDays: Int(try row.get("effective_days", as: Int32.self)),
            changedAt: try row.get("changed_at"), changedBy: try row.get("changed_by"))
    }
}
