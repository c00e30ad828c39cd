import Foundation
import Postgres
import PostgresTestSupport
import ServiceKit
import Testing

@testable import AuditService

/// What the catalog says of the schema.
@Suite struct SchemaTests {
    private static let log = Task { try await TestLog() }

    private func names(_ sql: SQL) async throws -> [String] {
        let rows = try await Self.log.value.admin.query(sql, as: .nobody).rows
        return try rows.map { try $0.get(0) }
    }

    @Test func `the service's role is fit for service`() async throws {
        let database = try await Self.log.value.runtimePool()
        _ = try await database.query(
            "SELECT audit.make_payload_partition('access', now())", as: .purpose("ingest"))
        try await RoleCheck.verify(
            database, schema: "audit", publicTables: AuditService.definition.publicTables)
        await database.close()
    }

    @Test func `every table, column and function has a comment`() async throws {
        #expect(
            try await self.names(
                """
                SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class AS c
                JOIN pg_attribute AS a
                    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relnamespace = 'audit'::regnamespace AND c.relkind IN ('r', 'p')
                    AND NOT c.relispartition AND c.relname <> 'schema_migrations'
                    AND (col_description(c.oid, a.attnum) IS NULL
                        OR obj_description(c.oid, 'pg_class') IS NULL)
                UNION ALL
                SELECT proname FROM pg_proc WHERE pronamespace = 'audit'::regnamespace
                    AND obj_description(oid, 'pg_proc') IS NULL
                """
            ).isEmpty)
    }

    @Test(arguments: [
        "UPDATE audit.entries SET action = 'x'", "DELETE FROM audit.entries",
        "UPDATE audit.checkpoints SET note = 'x'", "DELETE FROM audit.checkpoints",
        "DELETE FROM audit.payloads", "UPDATE audit.payloads SET username = 'x'",
        "DELETE FROM audit.tiles", "DELETE FROM audit.log_state", "TRUNCATE audit.entries",
        "UPDATE audit.log_epochs SET origin = 'x'", "DELETE FROM audit.producer_gaps",
    ])
    func `the service's role cannot take back what is written`(statement: String) async throws {
        #expect(
            try await self.refusal(of: statement) == .insufficientPrivilege, "\(statement)")
    }

    @Test func `a tile only grows, and the log does`() async throws {
        let sink = try await TestSink(try await TestLog())
        try await sink.append(1...3)
        for statement: SQL in [
            "UPDATE audit.tiles SET hashes = hashes, width = width",
            "UPDATE audit.log_state SET size = 2",
        ] {
            await #expect(throws: DatabaseError.self) {
                try await sink.database.write(statement, as: .nobody)
            }
        }
        await sink.stop()
    }

    /// Runs a statement as the service's role.
    private func refusal(of statement: String) async throws -> DatabaseError.Code? {
        let database = try await Self.log.value.runtimePool()
        defer { Task { await database.close() } }
        do {
            _ = try await database.write(SQL(stringLiteral: statement), as: .purpose("ingest"))
            return nil
        } catch let error as DatabaseError {
            return error.code
        }
    }
}
