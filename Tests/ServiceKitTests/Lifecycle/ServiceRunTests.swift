import Locks
import Logging
import Postgres
import PostgresTestSupport
import RPC
import ServiceLifecycle
import Testing

@testable import ServiceKit

@Suite("The life of a service", .timeLimit(.minutes(1)))
struct ServiceRunTests {
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    private func definition(
        runtime: String,
        background: [any Service] = []
    ) -> ServiceDefinition {
        ServiceDefinition(
            name: "test",
            build: "1.2.3",
            migrations: [
                Migration(
                    version: 1,
                    name: "things",
                    sql: """
                        CREATE TABLE test.things (owner_id uuid PRIMARY KEY);
                        ALTER TABLE test.things ENABLE ROW LEVEL SECURITY;
                        ALTER TABLE test.things FORCE ROW LEVEL SECURITY;
                        CREATE POLICY own ON test.things USING
                            (owner_id = nullif(current_setting('steward.user_id', true), '')::uuid);
                        GRANT SELECT ON test.things TO \(runtime);
                        """
                ),
                AuditOutbox.migration(
                    version: 2, schema: "test", role: runtime, owner: "CURRENT_USER"),
                AuditOutbox.batchMigration(
                    version: 3, schema: "test", role: runtime, owner: "CURRENT_USER"),
                AuditOutbox.wholeBatchMigration(version: 4, schema: "test", role: runtime),
            ]
        ) { environment in
            #expect(environment.settings[.runtimeDirectory].hasPrefix("/tmp"))
            return ServiceComposition(
                methods: MethodTable(),
                authorizer: OpenAuthorizer(),
                background: background,
                health: [{ DependencyHealth(name: "other", isReady: true) }]
            )
        }
    }

    private func migrate(_ definition: ServiceDefinition, _ database: TestDatabase) async throws {
        try await database.run("CREATE SCHEMA test")
        _ = try await Migrator(
            migrations: definition.migrations,
            schema: "test",
            runtimeRole: database.runtime
        ).migrate(connectionString: database.ownerConnectionString)
    }

    private func group(
        _ definition: ServiceDefinition,
        connectionString: String,
        in directory: TemporaryDirectory,
        notify: NotifySocket
    ) throws -> ServiceGroup {
        let settings = try ServiceSettings(environment: [
            "STEWARD_DATABASE": connectionString, "STEWARD_RUNTIME_DIRECTORY": directory.path,
            "STEWARD_SOCKET_GROUP": "",
        ])
        return try ServiceRunner.group(
            definition,
            settings,
            self.quiet,
            notifier: SystemNotifier(environment: notify.environment),
            signals: []
        )
    }

    @Test("It is ready when it serves, finishes when asked to, and leaves no socket behind")
    func wholeLife() async throws {
        let database = try await TemporaryCluster.shared().makeDatabase()
        let definition = self.definition(runtime: database.runtime)
        try await self.migrate(definition, database)
        let (directory, notify) = (try TemporaryDirectory(), try NotifySocket())
        let group = try self.group(
            definition,
            connectionString: database.runtimeConnectionString,
            in: directory,
            notify: notify
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            #expect(await notify.next().hasPrefix("READY=1"))
            let client = RPCClient([.unix(path: "\(directory.path)/test.sock")])
            let health = try await client.call(CheckHealth())
            #expect(health.isReady)
            #expect(health.build == "1.2.3")
            #expect(health.dependencies.map(\.name) == ["database", "other", "audit"])
            await group.triggerGracefulShutdown()
            #expect(await notify.next().hasPrefix("STOPPING=1"))
            try await tasks.waitForAll()
            await client.close()
        }
        #expect(directory.names == ["test.sock.lock"])
    }

    @Test("It does not start on a schema that was not migrated, and says so")
    func notMigrated() async throws {
        let database = try await TemporaryCluster.shared().makeDatabase()
        let error = try await self.failure(connectionString: database.runtimeConnectionString)
        #expect(error?.description.contains("schema") == true)
    }

    @Test("It does not start with a role that could evade row security, and says so")
    func unfitRole() async throws {
        let database = try await TemporaryCluster.shared().makeDatabase()
        let definition = self.definition(runtime: database.runtime)
        try await self.migrate(definition, database)
        for connectionString in [
            database.superuserConnectionString, database.ownerConnectionString,
        ] {
            let error = try await self.failure(connectionString: connectionString)
            #expect(error?.description.contains("role") == true)
        }
    }

    @Test("Without its database it waits, and starts when the database does")
    func lateDatabase() async throws {
        let cluster = try await TemporaryCluster()
        let database = try await cluster.makeDatabase()
        let definition = self.definition(runtime: database.runtime)
        try await self.migrate(definition, database)
        await cluster.stop()
        let (directory, notify) = (try TemporaryDirectory(), try NotifySocket())
        let group = try self.group(
            definition,
            connectionString: database.runtimeConnectionString,
            in: directory,
            notify: notify
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            #expect(await notify.next() == "STATUS=Waiting for the database.")
            #expect(directory.names.isEmpty)
            try await cluster.start()
            var message = await notify.next()
            while message.hasPrefix("STATUS") { message = await notify.next() }
            #expect(message.hasPrefix("READY=1"))
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("Without its database it still stops well")
    func stoppedWithoutDatabase() async throws {
        let cluster = try await TemporaryCluster()
        let database = try await cluster.makeDatabase()
        let definition = self.definition(runtime: database.runtime)
        try await self.migrate(definition, database)
        let (directory, notify) = (try TemporaryDirectory(), try NotifySocket())
        let group = try self.group(
            definition,
            connectionString: database.runtimeConnectionString,
            in: directory,
            notify: notify
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            #expect(await notify.next().hasPrefix("READY=1"))
            await cluster.stop()
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
        #expect(directory.names == ["test.sock.lock"])
    }

    @Test("While it waits for its database it can be stopped")
    func stoppedWhileWaiting() async throws {
        let (directory, notify) = (try TemporaryDirectory(), try NotifySocket())
        let group = try self.group(
            self.definition(runtime: "nobody"),
            connectionString: "host=\(directory.path) dbname=none",
            in: directory,
            notify: notify
        )
        try await withThrowingTaskGroup { tasks in
            tasks.addTask { try await group.run() }
            #expect(await notify.next() == "STATUS=Waiting for the database.")
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
        }
    }

    @Test("When a part of it fails it stops as a whole, in order, with that error")
    func failingPart() async throws {
        struct Failure: Error {}
        struct FailingService: Service {
            func run() async throws { throw Failure() }
        }
        let database = try await TemporaryCluster.shared().makeDatabase()
        let definition = self.definition(
            runtime: database.runtime,
            background: [FailingService()]
        )
        try await self.migrate(definition, database)
        let (directory, notify) = (try TemporaryDirectory(), try NotifySocket())
        let group = try self.group(
            definition,
            connectionString: database.runtimeConnectionString,
            in: directory,
            notify: notify
        )
        await #expect(throws: Failure.self) { try await group.run() }
        #expect(directory.names == ["test.sock.lock"])
    }

    @Test("Without a connection string it does not start, and names the key")
    func missingSetting() throws {
        let directory = try TemporaryDirectory()
        let notify = try NotifySocket()
        let error = #expect(throws: StartupError.self) {
            _ = try self.group(
                self.definition(runtime: "nobody"),
                connectionString: "",
                in: directory,
                notify: notify
            )
        }
        #expect(error?.exitCode == 78)
        #expect(error?.description.contains("STEWARD_DATABASE") == true)
    }

    private func failure(connectionString: String) async throws -> StartupError? {
        let (directory, notify) = (try TemporaryDirectory(), try NotifySocket())
        let group = try self.group(
            self.definition(runtime: "nobody"),
            connectionString: connectionString,
            in: directory,
            notify: notify
        )
        let error = await #expect(throws: StartupError.self) { try await group.run() }
        #expect(directory.names.isEmpty)
        return error
    }
}
