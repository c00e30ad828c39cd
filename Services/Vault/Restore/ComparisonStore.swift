internal import Postgres

internal import struct FoundationEssentials.UUID

/// Goes through all rows, some at a time.
struct ComparisonStore: Sendable {
    let database: Database

    /// What these transactions are for.
    static let purpose = DatabaseIdentity.purpose("restore")
    /// Rows of one step.
    private static let stepCount = 1_000

    /// Gives every secret to a closure.
    func forEachSecret(_ body: (SecretRecord) async throws -> Void) async throws {
        var last: UUID?
        while true {
            let condition: SQL = last.map { "s.id > \($0)" } ?? "true"
            let rows: [SecretRecord] = try await self.database.query(
                """
                SELECT \(fragment: SecretRecord.columns) FROM vault.secrets AS s
                WHERE \(fragment: condition) ORDER BY s.id LIMIT \(Self.stepCount)
                """,
                as: Self.purpose, deadline: .now + .seconds(60)
            ).decode()
            for row in rows { try await body(row) }
            guard rows.count == Self.stepCount else { return }
            last = rows.last?.id
        }
    }

    /// Gives every connection to a closure.
    func forEachConnection(_ body: (ConnectionRecord) async throws -> Void) async throws {
        var last: UUID?
        while true {
            let condition: SQL = last.map { "c.id > \($0)" } ?? "true"
            let rows: [ConnectionRecord] = try await self.database.query(
                """
                SELECT \(fragment: ConnectionRecord.columns) FROM vault.connections AS c
                WHERE \(fragment: condition) ORDER BY c.id LIMIT \(Self.stepCount)
                """,
                as: Self.purpose, deadline: .now + .seconds(60)
            ).decode()
            for row in rows { try await body(row) }
            guard rows.count == Self.stepCount else { return }
            last = rows.last?.id
        }
    }
}
