internal import Foundation
internal import Postgres
internal import Synchronization

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

    private static let sharedCluster = Mutex<TemporaryCluster?>(nil)

    /// The cluster that all tests of this process share; nobody stops it.
    package static func shared() throws -> TemporaryCluster {
        try self.sharedCluster.withLock { cluster in
            if let cluster {
                return cluster
            }
            let started = try TemporaryCluster()
            cluster = started
            return started
        }
    }

    /// Holds the sockets, the data and the log.
    package let directory: String

    private let programs: ServerPrograms
    private let server: Mutex<ServerProcess?>
    private let databaseCount = Atomic<Int>(0)

    /// Makes and starts a cluster that the caller may stop.
    ///
    /// - Parameter settings: server settings, such as "log_statement = all".
    package init(settings: [String] = []) throws {
        self.programs = try ServerPrograms()
        self.directory = try self.programs.makeDirectory()
        do {
            try self.programs.initialize(self.directory, settings: settings)
            self.server = Mutex(try self.programs.start(self.directory))
        } catch {
            // The error says more than a failure to tidy up would.
            try? FileManager.default.removeItem(atPath: self.directory)
            throw error
        }
    }

    deinit {
        self.server.withLock { $0?.end() }
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
    package func stop() throws {
        try self.server.withLock { server in
            try server?.stop()
            server = nil
        }
    }

    /// Kills the server and all its processes at once.
    package func kill() throws {
        try self.server.withLock { server in
            try server?.kill()
            server = nil
        }
    }

    /// Stops all of the server's processes where they are, until `resume()`.
    package func freeze() {
        self.server.withLock { $0?.signalAll(SIGSTOP) }
    }

    package func resume() {
        self.server.withLock { $0?.signalAll(SIGCONT) }
    }

    /// Starts a stopped or killed server and waits until it accepts connections.
    package func start() throws {
        try self.server.withLock { server in
            guard server == nil else { return }
            server = try self.programs.start(self.directory)
        }
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
