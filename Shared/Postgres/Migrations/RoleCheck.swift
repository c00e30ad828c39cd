/// Checks at start that a service's role can do no more than it should.
package enum RoleCheck {
    /// What the role or its schema has that it should not have.
    package struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence each.
        package let reasons: [String]

        package var description: String {
            "the database role is not fit for service: " + self.reasons.joined(separator: "; ")
        }
    }

    /// Looks at the role the database is used with.
    ///
    /// Refused are: a superuser; a role that bypasses row security, makes roles or databases, or
    /// can become a role that does; one that owns anything or can become an owner; one that can
    /// create in the database or a schema; one that sees another schema with tables in it;
    /// TRUNCATE and TRIGGER, which row policies do not govern; tables without forced row security
    /// or without a policy; views that do not use their caller's rights; materialized views;
    /// functions that run with their owner's rights without a fixed search path.
    ///
    /// - Parameters:
    ///   - schema: the service's own schema.
    ///   - publicTables: tables and materialized views of it that hold nobody's data and need no
    ///     row security; `schema_migrations` is always one.
    ///   - sharedSchemas: other schemas that the role may see, such as one for extensions.
    /// - Throws: `Refusal` with everything that is wrong; `DatabaseError` when the database cannot
    ///   be asked.
    package static func verify(
        _ database: Database,
        schema: String,
        publicTables: Set<String> = [],
        sharedSchemas: Set<String> = []
    ) async throws {
        let tables = publicTables.union(["schema_migrations"]).sorted()
        let schemas = sharedSchemas.sorted()
        var reasons: [String] = []
        for sql in [
            Self.roleQuery, Self.ownershipQuery, Self.schemaQuery(schema, shared: schemas),
            Self.relationQuery(schema, publicTables: tables), Self.functionQuery(schema),
        ] {
            let result = try await database.query(sql, as: .nobody)
            reasons += try result.rows.map { try $0.get("reason") }
        }
        guard reasons.isEmpty else { throw Refusal(reasons: reasons) }
    }

    /// The role's own attributes and those it could take on.
    private static let roleQuery: SQL = """
        SELECT format('it %s role %I, which %s',
            CASE WHEN rolname = current_user THEN 'is' ELSE 'can become' END, rolname, power
        ) AS reason
        FROM pg_roles, LATERAL (VALUES
            (rolsuper, 'is a superuser'),
            (rolbypassrls, 'bypasses row security'),
            (rolcreaterole, 'creates roles'),
            (rolcreatedb, 'creates databases'),
            (rolreplication, 'replicates'),
            (rolname IN ('pg_read_all_data', 'pg_write_all_data', 'pg_execute_server_program',
                'pg_read_server_files', 'pg_write_server_files', 'pg_maintain',
                'pg_signal_backend', 'pg_create_subscription', 'pg_database_owner'),
                'reaches beyond its schema')
        ) AS powers (has, power)
        WHERE has AND pg_has_role(current_user, oid, 'MEMBER')
            -- A superuser is a member of every role: it is named once.
            AND (rolname = current_user OR NOT (
                SELECT rolsuper FROM pg_roles WHERE rolname = current_user))
        UNION ALL
        SELECT format('it was made from the session of role %I', session_user)
        WHERE session_user <> current_user
        """

    /// What the role owns, or a role it can become.
    private static let ownershipQuery: SQL = """
        SELECT format('it or a role it can become owns %s', object) AS reason
        FROM (
            SELECT datdba, 'database ' || quote_ident(datname) FROM pg_database
            WHERE datname = current_database()
            UNION ALL
            SELECT nspowner, 'schema ' || quote_ident(nspname) FROM pg_namespace
            UNION ALL
            SELECT relowner, 'relation ' || oid::regclass FROM pg_class
            WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
            UNION ALL
            SELECT proowner, 'function ' || oid::regprocedure FROM pg_proc
            UNION ALL
            SELECT typowner, 'type ' || oid::regtype FROM pg_type WHERE typrelid = 0
        ) AS objects (owner, object)
        WHERE pg_has_role(current_user, owner, 'MEMBER')
            AND NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
        LIMIT 20
        """

    private static func schemaQuery(_ schema: String, shared: [String]) -> SQL {
        """
        SELECT format('it can create in schema %I', nspname) AS reason
        FROM pg_namespace
        WHERE has_schema_privilege(current_user, oid, 'CREATE')
            AND nspname !~ '^pg_(toast_)?temp_'
        UNION ALL
        SELECT format('it sees schema %I', nspname)
        FROM pg_namespace
        WHERE has_schema_privilege(current_user, oid, 'USAGE')
            AND nspname <> \(schema)::text AND nspname <> ALL (\(shared))
            AND nspname NOT IN ('pg_catalog', 'information_schema')
            AND nspname !~ '^pg_(toast|temp_|toast_temp_)'
            AND (nspname <> 'public' OR EXISTS (
                SELECT FROM pg_class WHERE relnamespace = pg_namespace.oid
                    AND relkind IN ('r', 'p', 'v', 'm', 'f')
                    AND has_any_column_privilege(current_user, oid, 'SELECT, INSERT, UPDATE')))
        UNION ALL
        SELECT 'it can create schemas in the database'
        WHERE has_database_privilege(current_user, current_database(), 'CREATE')
        UNION ALL
        SELECT format('it does not see its own schema %I', \(schema)::text)
        WHERE NOT coalesce(has_schema_privilege(
            current_user, to_regnamespace(quote_ident(\(schema)::text))::oid, 'USAGE'), false)
        """
    }

    private static func relationQuery(_ schema: String, publicTables: [String]) -> SQL {
        """
        WITH relations AS (
            SELECT oid, relname, relkind, relrowsecurity, relforcerowsecurity, reloptions,
                relname = ANY (\(publicTables)) AS is_public
            FROM pg_class
            WHERE relnamespace = to_regnamespace(quote_ident(\(schema)::text))
        )
        SELECT format('table %I has no row security', relname) AS reason FROM relations
        WHERE relkind IN ('r', 'p') AND NOT relrowsecurity AND NOT is_public
        UNION ALL
        SELECT format('table %I does not force row security', relname) FROM relations
        WHERE relkind IN ('r', 'p') AND relrowsecurity AND NOT relforcerowsecurity
        UNION ALL
        SELECT format('table %I has row security but no policy', relname) FROM relations
        WHERE relkind IN ('r', 'p') AND relrowsecurity
            AND NOT EXISTS (SELECT FROM pg_policy WHERE polrelid = relations.oid)
        UNION ALL
        SELECT format('it can %s table %I', lower(privilege), relname)
        FROM relations, unnest(ARRAY['TRUNCATE', 'TRIGGER']) AS privilege
        WHERE relkind IN ('r', 'p') AND has_table_privilege(current_user, oid, privilege)
        UNION ALL
        SELECT format('view %I does not use its caller''s rights', relname) FROM relations
        WHERE relkind = 'v'
            AND NOT coalesce(reloptions && ARRAY['security_invoker=true', 'security_invoker=on',
                'security_invoker=1', 'security_invoker=yes'], false)
        UNION ALL
        SELECT format('materialized view %I knows no row security', relname) FROM relations
        WHERE relkind = 'm' AND NOT is_public
            AND has_any_column_privilege(current_user, oid, 'SELECT')
        """
    }

    private static func functionQuery(_ schema: String) -> SQL {
        """
        SELECT format('function %s runs with its owner''s rights without a fixed search path',
            oid::regprocedure) AS reason
        FROM pg_proc
        WHERE pronamespace = to_regnamespace(quote_ident(\(schema)::text)) AND prosecdef
            AND has_function_privilege(current_user, oid, 'EXECUTE')
            AND NOT EXISTS (
                SELECT FROM unnest(proconfig) AS setting WHERE setting LIKE 'search_path=%')
        UNION ALL
        SELECT format('function %s runs with the rights of %I, who is above row security',
            pg_proc.oid::regprocedure, rolname)
        FROM pg_proc JOIN pg_roles ON pg_roles.oid = proowner
        WHERE pronamespace = to_regnamespace(quote_ident(\(schema)::text)) AND prosecdef
            AND has_function_privilege(current_user, pg_proc.oid, 'EXECUTE')
            AND (rolsuper OR rolbypassrls)
        """
    }
}
