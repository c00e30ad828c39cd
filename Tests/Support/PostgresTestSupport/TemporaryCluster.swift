internal import Foundation
internal import Locks
internal import Postgres
internal import ProcessTestSupport

/// A PostgreSQL server of the tests' own in a temporary directory, reached over a Unix socket.
///
/// The programs are found in the directory that `STEWARD_POSTGRES_BIN` names, otherwise where
/// Debian installs them. When the tests run as root the server runs as `postgres` or `nobody`,
/// because it refuses root. It ends with the test process, however that ends, and its directory
/// is removed then.
package final class TemporaryCluster: Sendable {
    /// Why no server could be had.
    package struct Failure: Error, CustomStringConvertible {
        package let description: String

        package init(_ description: String) {
            self.description = description
        }
    }

    private static let sharedCluster = Once { try await TemporaryCluster() }

    /// The cluster that all tests of this process share; nobody stops it.
    package static func shared() async throws -> TemporaryCluster {
        try await self.sharedCluster.value()
    }

    /// Holds the sockets, the data and the log.
    package let directory: String

    private let programs: ServerPrograms
    private let server: Mutex<ServerProcess?>
    private let databaseCount = Atomic<Int>(0)

    /// Makes and starts a cluster that the caller may stop.
    ///
    /// - Parameter settings: server settings, such as "log_statement = all".
    package init(settings: [String] = []) async throws {
        self.programs = try ServerPrograms()
        self.directory = try self.programs.makeDirectory()
        do {
            try await self.programs.initialize(self.directory, settings: settings)
            self.server = Mutex(try await self.programs.start(self.directory))
        } catch {
            // The error says more than a failure to tidy up would.
            try? FileManager.default.removeItem(atPath: self.directory)
            throw error
        }
    }

    /// How to connect.
    package func connectionString(
        database: String = "postgres",
        user: String = "postgres"
    ) -> String {
        "host=\(self.directory) dbname=\(database) user=\(user)"
    }

    // MARK: The server's life

    /// Stops the server; it disconnects everybody and leaves tidily.
    package func stop() async {
        await self.takeServer()?.stop()
    }

    /// Kills the server and all its processes at once.
    package func kill() async {
        await self.takeServer()?.kill()
    }

    private func takeServer() -> ServerProcess? {
        self.server.withLock { $0.take() }
    }

    /// Stops all of the server's processes where they are, until `resume()`.
    package func freeze() {
        _ = self.server.withLock { $0?.signalAll(SIGSTOP) }
    }

    package func resume() {
        _ = self.server.withLock { $0?.signalAll(SIGCONT) }
    }

    /// Starts a stopped or killed server and waits until it accepts connections.
    package func start() async throws {
        let started = try await self.programs.start(self.directory)
        self.server.withLock { $0 = started }
    }

    // MARK: Databases

    /// Makes an empty database with an owner, and a runtime role that may only connect.
    package func makeDatabase() async throws -> TestDatabase {
        let number = self.databaseCount.wrappingAdd(1, ordering: .relaxed).newValue
        let database = TestDatabase(
            cluster: self,
            name: "test_\(number)",
            owner: "owner_\(number)",
            runtime: "runtime_\(number)"
        )
        for statement in [
            "CREATE ROLE \(database.owner) LOGIN",
            "CREATE ROLE \(database.runtime) LOGIN NOINHERIT",
            "CREATE DATABASE \(database.name) OWNER \(database.owner)",
            "REVOKE ALL ON DATABASE \(database.name) FROM PUBLIC",
            "GRANT CONNECT ON DATABASE \(database.name) TO \(database.runtime)",
        ] {
            try await SQLScript.run(statement, connectionString: self.connectionString())
        }
        return database
    }
}

/// A database in a temporary cluster.
package struct TestDatabase: Sendable {
    package let cluster: TemporaryCluster
    package let name: String
    /// Owns the database.
    package let owner: String
    /// May connect, and what a test grants it.
    package let runtime: String

    package var ownerConnectionString: String {
        self.cluster.connectionString(database: self.name, user: self.owner)
    }

    package var runtimeConnectionString: String {
        self.cluster.connectionString(database: self.name, user: self.runtime)
    }

    package var superuserConnectionString: String {
        self.cluster.connectionString(database: self.name)
    }

    /// Runs a script as the owner.
    package func run(_ script: String) async throws {
        try await SQLScript.run(script, connectionString: self.ownerConnectionString)
    }

    /// Runs a script as superuser.
    package func runAsSuperuser(_ script: String) async throws {
        try await SQLScript.run(script, connectionString: self.superuserConnectionString)
    }
}
