import Foundation
import Postgres
import ServiceKit
import Testing

@testable import VaultService

/// What the catalog says of the schema.
@Suite struct SchemaTests {
    private static let store = Task { try await TestStore() }

    private func names(_ sql: SQL) async throws -> [String] {
        let rows = try await Self.store.value.admin.query(sql, as: .nobody).rows
        return try rows.map { try $0.get(0) }
    }

    @Test func `the service's role is fit for service`() async throws {
        let database = try await Self.store.value.runtimePool()
        _ = try await database.write(
            "SELECT vault.make_access_month(now()::date)", as: .purpose("upkeep"))
        try await RoleCheck.verify(
            database, schema: "vault", publicTables: VaultService.definition.publicTables)
        await database.close()
    }

    @Test func `every foreign key has an index that begins with its first column`() async throws {
        #expect(
            try await self.names(
                """
                SELECT c.conname::text FROM pg_constraint AS c
                WHERE c.contype = 'f' AND c.connamespace = 'vault'::regnamespace
                    AND NOT EXISTS (
                        SELECT FROM pg_index AS i
                        WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])
                """
            ).isEmpty)
    }

    @Test func `every table, column and function has a comment`() async throws {
        #expect(
            try await self.names(
                """
                SELECT c.relname || coalesce('.' || a.attname, '') FROM pg_class AS c
                JOIN pg_attribute AS a
                    ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
                WHERE c.relnamespace = 'vault'::regnamespace AND c.relkind IN ('r', 'p')
                    AND NOT c.relispartition AND c.relname <> 'schema_migrations'
                    AND (col_description(c.oid, a.attnum) IS NULL
                        OR obj_description(c.oid, 'pg_class') IS NULL)
                UNION ALL
                SELECT proname FROM pg_proc WHERE pronamespace = 'vault'::regnamespace
                    AND obj_description(oid, 'pg_proc') IS NULL
                """
            ).isEmpty)
    }

    @Test(arguments: [
        "DELETE FROM vault.secrets", "DELETE FROM vault.secret_versions",
        "UPDATE vault.secret_versions SET commitment = commitment",
        "DELETE FROM vault.secret_access", "UPDATE vault.secret_access SET success = true",
        "DELETE FROM vault.accepted_losses", "UPDATE vault.vault_state SET vault_id = uuidv7()",
        "DELETE FROM vault.connections", "TRUNCATE vault.secrets",
    ])
    func `the service's role cannot take back what is written`(statement: String) async throws {
        let database = try await Self.store.value.runtimePool()
        let error = await #expect(throws: DatabaseError.self) {
            try await database.write(SQL(stringLiteral: statement), as: .purpose("secrets"))
        }
        #expect(error?.code == .insufficientPrivilege)
        await database.close()
    }

    @Test func `without a purpose nobody's rows are seen`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        _ = try await ann.keep("value")
        for table in ["secrets", "secret_versions", "secret_access", "connections"] {
            let rows = try await instance.database.read(
                "SELECT 1 FROM vault.\(identifier: table)", as: .person(ann.id)
            ).rows
            #expect(rows.isEmpty, "\(table)")
        }
        await instance.stop()
    }
}
