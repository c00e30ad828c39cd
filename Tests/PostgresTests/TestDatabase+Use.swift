import Logging
import Postgres
import PostgresTestSupport

extension TestDatabase {
    /// A client with the owner's rights for as long as `body` runs.
    func use<Value>(
        as connectionString: String? = nil,
        _ configure: (inout DatabaseConfiguration) -> Void = { _ in },
        _ body: (Database) async throws -> Value
    ) async throws -> Value {
        var configuration = DatabaseConfiguration(
            connectionString: connectionString ?? self.ownerConnectionString,
            applicationName: "steward-tests"
        )
        configure(&configuration)
        var logger = Logger(label: "tests")
        logger.logLevel = .error
        let database = Database(configuration: configuration, logger: logger)
        do {
            let value = try await body(database)
            await database.close()
            return value
        } catch {
            await database.close()
            throw error
        }
    }
}

extension TestDatabase {
    /// Lets statements that take `Self.held` wait for as long as `body` runs.
    func holdingLock<Value: Sendable>(
        _ body: @Sendable () async throws -> Value
    ) async throws -> Value {
        try await self.use { holder in
            try await holder.transaction(as: .nobody) { transaction in
                _ = try await transaction.execute("SELECT pg_advisory_xact_lock(1)")
                return try await body()
            }
        }
    }

    /// Waits until nobody holds the lock.
    static let held: SQL = "SELECT pg_advisory_xact_lock_shared(1)"
}

/// A client of a new, empty database for as long as `body` runs.
func withDatabase<Value>(
    _ configure: (inout DatabaseConfiguration) -> Void = { _ in },
    _ body: (Database) async throws -> Value
) async throws -> Value {
    try await TemporaryCluster.shared().makeDatabase().use(configure, body)
}

extension Database {
    /// The only value of a statement's only row.
    func value<Value: SQLValue>(
        _ sql: SQL,
        as identity: DatabaseIdentity = .nobody,
        _: Value.Type = Value.self
    ) async throws -> Value {
        let result = try await self.read(sql, as: identity)
        guard let row = result.rows.first else {
            throw TemporaryCluster.Failure("no row")
        }
        return try row.get(0)
    }

    /// Waits until a statement answers true.
    func wait(
        until sql: SQL,
        within bound: Duration = .seconds(10)
    ) async throws {
        let end = ContinuousClock.now + bound
        while try await !self.value(sql, Bool.self) {
            guard ContinuousClock.now < end else {
                throw TemporaryCluster.Failure("\(sql.text) did not become true in \(bound)")
            }
            await Task.yield()
        }
    }
}

/// The processes that serve other sessions of the same database.
let otherSessions: SQL = """
    SELECT pid FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()
    """

/// The error that `body` throws.
func failure(_ body: () async throws -> Void) async -> (any Error)? {
    do {
        try await body()
        return nil
    } catch {
        return error
    }
}

/// The code of the error that `body` throws.
func code(_ body: () async throws -> Void) async -> DatabaseError.Code? {
    await (failure(body) as? DatabaseError)?.code
}
