import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("SQLSTATE table")
    struct SQLStateTests {
        @Test(
            "each SQLSTATE has one code, by itself or by its class",
            arguments: [
                ("23505", DatabaseError.Code.uniqueViolation), ("23503", .foreignKeyViolation),
                ("23514", .checkViolation), ("23502", .notNullViolation),
                ("23P01", .exclusionViolation), ("23001", .integrityViolation),
                ("40001", .serializationFailure), ("40P01", .deadlock),
                ("55P03", .lockNotAvailable), ("57014", .queryCanceled),
                ("42501", .insufficientPrivilege), ("42P01", .undefinedObject),
                ("42703", .undefinedObject), ("42883", .undefinedObject),
                ("3F000", .undefinedObject), ("3D000", .undefinedObject),
                ("42P07", .duplicateObject), ("42601", .syntaxError), ("42804", .syntaxError),
                ("22001", .dataException), ("22P02", .dataException), ("21000", .dataException),
                ("P0001", .raisedException), ("25P02", .transactionAborted),
                ("08006", .connectionLost), ("57P01", .connectionLost),
                ("57P03", .unavailable), ("53300", .unavailable), ("25006", .unavailable),
                ("28000", .unavailable), ("53100", .diskFull), ("53200", .insufficientResources),
                ("54000", .insufficientResources), ("44000", .checkViolation),
                ("XX000", .other), ("0A000", .other), ("", .other),
            ] as [(String, DatabaseError.Code)]
        )
        func mapsStates(_ state: String, _ code: DatabaseError.Code) {
            #expect(DatabaseError.Code(sqlState: state) == code)
        }

        @Test("the server's reports carry code, constraint, table and column")
        func serverReports() async throws {
            try await withDatabase { database in
                _ = try await database.write(
                    """
                    CREATE TABLE parents (id integer PRIMARY KEY,
                        name text NOT NULL CONSTRAINT short CHECK (length(name) < 5))
                    """,
                    "CREATE TABLE children (parent integer CONSTRAINT known REFERENCES parents)",
                    """
                    CREATE TABLE visits (room int4range,
                        CONSTRAINT apart EXCLUDE USING gist (room WITH &&))
                    """,
                    "INSERT INTO parents VALUES (1, 'one')",
                    "INSERT INTO visits VALUES ('[1,5)')",
                    as: .nobody
                )
                let cases: [(SQL, DatabaseError.Code, String?, String?, String?)] = [
                    (
                        "INSERT INTO parents VALUES (1, 'x')", .uniqueViolation, "parents_pkey",
                        "parents", nil
                    ),
                    (
                        "INSERT INTO children VALUES (2)", .foreignKeyViolation, "known",
                        "children", nil
                    ),
                    (
                        "INSERT INTO parents VALUES (2, 'longer')", .checkViolation, "short",
                        "parents", nil
                    ),
                    (
                        "INSERT INTO parents VALUES (2, NULL)", .notNullViolation, nil, "parents",
                        "name"
                    ),
                    (
                        "INSERT INTO visits VALUES ('[4,6)')", .exclusionViolation, "apart",
                        "visits", nil
                    ),
                    ("SELEKT", .syntaxError, nil, nil, nil),
                    ("SELECT * FROM nothing", .undefinedObject, nil, nil, nil),
                    ("SELECT 1 / 0", .dataException, nil, nil, nil),
                    (
                        "DO $$ BEGIN RAISE 'no' USING COLUMN = 'c'; END $$", .raisedException, nil,
                        nil, "c"
                    ),
                ]
                for (sql, code, constraint, table, column) in cases {
                    let error =
                        await failure { _ = try await database.write(sql, as: .nobody) }
                        as? DatabaseError
                    #expect(error?.code == code, "\(sql.text)")
                    #expect(error?.constraint == constraint, "\(sql.text)")
                    #expect(error?.table == table, "\(sql.text)")
                    #expect(error?.column == column, "\(sql.text)")
                    #expect(error?.sqlState?.count == 5)
                    #expect(error?.commitOutcomeUnknown == false)
                }
            }
        }

        @Test("a row policy's refusal is told apart from a missing privilege")
        func rowPolicies() async throws {
            let test = try await TemporaryCluster.shared().makeDatabase()
            try await test.run(
                """
                CREATE SCHEMA s; GRANT USAGE ON SCHEMA s TO \(test.runtime);
                CREATE TABLE s.notes (n integer); ALTER TABLE s.notes ENABLE ROW LEVEL SECURITY;
                CREATE POLICY small ON s.notes USING (n < 10);
                GRANT SELECT, INSERT ON s.notes TO \(test.runtime);
                """
            )
            try await test.use(as: test.runtimeConnectionString) { database in
                #expect(
                    await code {
                        _ = try await database.write("INSERT INTO s.notes VALUES (10)", as: .nobody)
                    }
                        == .rowSecurityViolation
                )
                #expect(
                    await code { _ = try await database.write("DELETE FROM s.notes", as: .nobody) }
                        == .insufficientPrivilege
                )
            }
        }
    }
}
