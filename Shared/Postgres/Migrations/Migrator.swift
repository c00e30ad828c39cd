/// Applies a schema's migrations and checks that they are applied.
///
/// The history is kept in the table `schema_migrations` of the schema: version, name, SHA-256 of
/// the text, the oldest compatible program, time of application.
package struct Migrator: Sendable {
    private let migrations: [Migration]
    private let schema: String
    private let runtimeRole: String?
    private let lockTimeout: Duration

    /// A migrator for one schema.
    ///
    /// - Parameters:
    ///   - runtimeRole: a role that is allowed to enter the schema and to read its history.
    ///   - lockTimeout: how long to wait for another migrator and for any lock on a table.
    package init(
        migrations: [Migration],
        schema: String,
        runtimeRole: String? = nil,
        lockTimeout: Duration = .seconds(30)
    ) {
        self.migrations = migrations.sorted { $0.version < $1.version }
        self.schema = schema
        self.runtimeRole = runtimeRole
        self.lockTimeout = lockTimeout
    }

    // MARK: At start

    /// Checks that the schema is as this program needs it.
    ///
    /// - Throws: `MigrationError` that says what is missing, changed or incompatible;
    ///   `DatabaseError` when the database cannot be asked.
    package func check(_ database: Database) async throws {
        try self.checkList()
        let history: MigrationHistory
        do {
            let result = try await database.query(self.historyQuery, as: .nobody)
            history = MigrationHistory(applied: try result.decode())
        } catch let error as DatabaseError
            where error.code == .undefinedObject || error.code == .insufficientPrivilege
        {
            throw MigrationError.notMigrated(schema: self.schema)
        }
        let checksums = try await database.query(self.checksumQuery, as: .nobody)
        let pending = try history.pending(self.withChecksums(checksums))
        guard pending.isEmpty else {
            throw MigrationError.missing(versions: pending.map(\.version))
        }
    }

    // MARK: The migrate command

    /// Applies what remains to be applied, one transaction per migration; only one migrator works
    /// on a schema at a time.
    ///
    /// - Parameters:
    ///   - connectionString: how to connect as a role that may become the owner.
    ///   - owner: the role that will own everything, `nil` for the connecting role itself.
    /// - Returns: the migrations that were applied now.
    /// - Throws: `MigrationError`; what was applied before the failing migration stays.
    package func migrate(
        connectionString: String,
        role owner: String? = nil
    ) async throws -> [Migration] {
        try self.checkList()
        return try await OwnSession.run(
            connectionString: connectionString,
            applicationName: "steward-migrate"
        ) { handle in
            try self.prepare(handle, owner: owner)
            let history = MigrationHistory(
                applied: try QueryResult(storage: handle.execute(self.historyQuery)).decode()
            )
            let checksums = QueryResult(storage: try handle.execute(self.checksumQuery))
            let pending = try history.pending(self.withChecksums(checksums))
            for migration in pending {
                try self.apply(migration, on: handle)
            }
            try self.grant(on: handle)
            return pending
        }
    }

    private func prepare(_ handle: borrowing Handle, owner: String?) throws {
        let milliseconds = self.lockTimeout.milliseconds(atMost: 3_600_000)
        _ = try handle.executeScript(
            "SET client_min_messages = warning; SET lock_timeout = \(milliseconds)"
        )
        let lockName = "steward.migrations.\(self.schema)"
        _ = try handle.execute("SELECT pg_advisory_lock(hashtextextended(\(lockName)::text, 0))")
        if let owner {
            _ = try handle.execute("SET ROLE \(identifier: owner)")
        }
        let isThere = QueryResult(
            storage: try handle.execute(
                """
                SELECT to_regnamespace(quote_ident(\(self.schema)::text)) IS NOT NULL AS schema,
                    to_regclass(quote_ident(\(self.schema)::text) || '.schema_migrations')
                        IS NOT NULL AS history
                """
            )
        ).rows.first
        if try isThere?.get("schema", as: Bool.self) != true {
            _ = try handle.execute("CREATE SCHEMA \(identifier: self.schema)")
        }
        if try isThere?.get("history", as: Bool.self) != true {
            _ = try handle.execute(
                """
                CREATE TABLE \(identifier: self.schema).schema_migrations (
                    version integer PRIMARY KEY CHECK (version > 0),
                    name text NOT NULL,
                    checksum bytea NOT NULL CHECK (length(checksum) = 32),
                    compatible_since integer NOT NULL,
                    applied_at timestamptz NOT NULL DEFAULT now()
                )
                """
            )
        }
    }

    private func apply(_ migration: Migration, on handle: borrowing Handle) throws {
        func failure(_ reason: String) -> MigrationError {
            .failed(version: migration.version, name: migration.name, reason: reason)
        }
        do {
            _ = try handle.executeScript("BEGIN")
            _ = try handle.execute("SET LOCAL search_path TO \(identifier: self.schema), public")
            _ = try handle.executeScript(migration.sql)
            guard handle.isInTransaction else {
                throw failure("it ends the transaction it runs in")
            }
            _ = try handle.execute(
                """
                INSERT INTO \(identifier: self.schema).schema_migrations
                    (version, name, checksum, compatible_since)
                VALUES (\(migration.version), \(migration.name),
                    sha256(convert_to(\(migration.sql)::text, 'UTF8')),
                    \(migration.compatibleSince))
                """
            )
            _ = try handle.executeScript("COMMIT")
        } catch let error as DatabaseError {
            // When this fails as well, the session ends and the server undoes the transaction.
            _ = try? handle.executeScript("ROLLBACK")
            throw failure(error.description)
        }
    }

    private func grant(on handle: borrowing Handle) throws {
        guard let runtimeRole = self.runtimeRole else { return }
        _ = try handle.execute(
            "GRANT USAGE ON SCHEMA \(identifier: self.schema) TO \(identifier: runtimeRole)"
        )
        _ = try handle.execute(
            """
            GRANT SELECT ON \(identifier: self.schema).schema_migrations
            TO \(identifier: runtimeRole)
            """
        )
    }

    // MARK: Both

    private func checkList() throws(MigrationError) {
        for (previous, next) in zip(self.migrations, self.migrations.dropFirst())
        where previous.version == next.version {
            throw .malformed("version \(next.version) occurs twice")
        }
        for migration in self.migrations {
            guard migration.version > 0, migration.version <= Int(Int32.max) else {
                throw .malformed("version \(migration.version) is out of range")
            }
            guard !migration.sql.utf8.contains(0) else {
                throw .malformed("migration \(migration.version) contains U+0000")
            }
        }
    }

    private var historyQuery: SQL {
        """
        SELECT version, name, checksum, compatible_since
        FROM \(identifier: self.schema).schema_migrations ORDER BY version
        """
    }

    private var checksumQuery: SQL {
        """
        SELECT sha256(convert_to(known.sql, 'UTF8')) AS checksum
        FROM unnest(\(self.migrations.map(\.sql))) WITH ORDINALITY AS known (sql, place)
        ORDER BY known.place
        """
    }

    private func withChecksums(
        _ result: QueryResult
    ) throws -> [(migration: Migration, checksum: [UInt8])] {
        try zip(self.migrations, result.rows).map { ($0, try $1.get("checksum")) }
    }
}
