import Postgres
import PostgresTestSupport
import Testing

extension PostgresTests {
    @Suite("Role check")
    struct RoleCheckTests {
        /// A schema as a service has it, with a runtime role that is fit.
        private func makeService() async throws -> TestDatabase {
            let test = try await TemporaryCluster.shared().makeDatabase()
            try await test.run(
                """
                CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO \(test.runtime);
                CREATE TABLE app.notes (id uuid PRIMARY KEY, owner uuid);
                ALTER TABLE app.notes ENABLE ROW LEVEL SECURITY;
                ALTER TABLE app.notes FORCE ROW LEVEL SECURITY;
                CREATE POLICY own ON app.notes USING (true);
                GRANT SELECT, INSERT, UPDATE, DELETE ON app.notes TO \(test.runtime);
                CREATE TABLE app.schema_migrations (version integer);
                CREATE TABLE app.constants (n integer);
                CREATE VIEW app.recent WITH (security_invoker = true) AS SELECT * FROM app.notes;
                CREATE FUNCTION app.lookup() RETURNS integer LANGUAGE sql SECURITY DEFINER
                    SET search_path = app, pg_temp AS 'SELECT 1';
                CREATE SCHEMA tools; GRANT USAGE ON SCHEMA tools TO \(test.runtime);
                """
            )
            return test
        }

        private func reasons(
            _ test: TestDatabase,
            as connectionString: String? = nil
        ) async throws -> [String] {
            try await test.use(as: connectionString ?? test.runtimeConnectionString) { database in
                let error = await failure {
                    try await RoleCheck.verify(
                        database,
                        schema: "app",
                        publicTables: ["constants"],
                        sharedSchemas: ["tools"]
                    )
                }
                guard let error else { return [] }
                guard let refusal = error as? RoleCheck.Refusal else { throw error }
                return refusal.reasons
            }
        }

        @Test("a role with data rights on forced tables only is accepted")
        func accepts() async throws {
            #expect(try await self.reasons(self.makeService()) == [])
        }

        @Test(
            "each power too many is refused by name",
            arguments: [
                ("ALTER ROLE {runtime} SUPERUSER", "is a superuser"),
                ("ALTER ROLE {runtime} BYPASSRLS", "bypasses row security"),
                ("ALTER ROLE {runtime} CREATEROLE", "creates roles"),
                ("ALTER ROLE {runtime} CREATEDB", "creates databases"),
                ("ALTER ROLE {runtime} REPLICATION", "replicates"),
                ("GRANT pg_read_all_data TO {runtime}", "reaches beyond its schema"),
                ("GRANT {owner} TO {runtime}", "owns schema app"),
                ("ALTER DATABASE {database} OWNER TO {runtime}", "owns database"),
                ("ALTER TABLE app.notes OWNER TO {runtime}", "owns relation app.notes"),
                ("ALTER FUNCTION app.lookup() OWNER TO {runtime}", "owns function app.lookup()"),
                (
                    "CREATE TYPE app.mood AS ENUM (); ALTER TYPE app.mood OWNER TO {runtime}",
                    "owns type"
                ),
                ("GRANT CREATE ON SCHEMA app TO {runtime}", "can create in schema app"),
                ("GRANT CREATE ON DATABASE {database} TO {runtime}", "can create schemas"),
                (
                    "CREATE SCHEMA vault; GRANT USAGE ON SCHEMA vault TO {runtime}",
                    "sees schema vault"
                ),
                ("CREATE SCHEMA vault; GRANT USAGE ON SCHEMA vault TO PUBLIC", "sees schema vault"),
                (
                    "CREATE TABLE public.t (n integer); GRANT SELECT ON public.t TO {runtime}",
                    "sees schema public"
                ),
                ("REVOKE USAGE ON SCHEMA app FROM {runtime}", "does not see its own schema"),
                ("ALTER TABLE app.notes DISABLE ROW LEVEL SECURITY", "notes has no row security"),
                (
                    "ALTER TABLE app.notes NO FORCE ROW LEVEL SECURITY",
                    "notes does not force row security"
                ),
                ("DROP POLICY own ON app.notes", "notes has row security but no policy"),
                ("GRANT TRUNCATE ON app.notes TO {runtime}", "can truncate table notes"),
                ("GRANT TRIGGER ON app.notes TO {runtime}", "can trigger table notes"),
                ("CREATE VIEW app.leak AS SELECT * FROM app.notes", "view leak does not use"),
                (
                    """
                    CREATE MATERIALIZED VIEW app.copy AS SELECT * FROM app.notes;
                    GRANT SELECT ON app.copy TO {runtime}
                    """,
                    "materialized view copy"
                ),
                ("ALTER FUNCTION app.lookup() RESET search_path", "without a fixed search path"),
                ("ALTER FUNCTION app.lookup() OWNER TO postgres", "who is above row security"),
            ]
        )
        func refuses(_ change: String, _ reason: String) async throws {
            let test = try await self.makeService()
            try await test.runAsSuperuser(
                change.replacing("{runtime}", with: test.runtime)
                    .replacing("{owner}", with: test.owner)
                    .replacing("{database}", with: test.name)
            )
            let reasons = try await self.reasons(test)
            #expect(reasons.contains { $0.contains(reason) }, "\(reasons)")
        }

        @Test("a session that took on the role from a stronger one is refused")
        func refusesSetRole() async throws {
            let test = try await self.makeService()
            let disguised = test.superuserConnectionString + " options='-c role=\(test.runtime)'"
            #expect(
                try await self.reasons(test, as: disguised) == [
                    "it was made from the session of role postgres"
                ]
            )
        }

        @Test("the owner and a schema that does not exist are refused")
        func refusesOwnerAndMissingSchema() async throws {
            let test = try await self.makeService()
            #expect(try await !self.reasons(test, as: test.ownerConnectionString).isEmpty)
            try await test.runAsSuperuser("DROP SCHEMA app CASCADE")
            #expect(try await self.reasons(test) == ["it does not see its own schema app"])
        }
    }
}
