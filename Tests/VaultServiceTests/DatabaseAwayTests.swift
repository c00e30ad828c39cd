import AuditAPI
import Foundation
import Logging
import Postgres
import PostgresTestSupport
import RPC
import SecretFormat
import Sodium
import Testing
import VaultAPI

@testable import VaultService

/// What callers hear while the database is away.
@Suite struct DatabaseAwayTests {
    @Test(.timeLimit(.minutes(2)))
    func `without its database the vault says so at once, and goes on when it is back`()
        async throws
    {
        let instance = try await TestInstance.start()
        let ann = instance.person("vault:manage")
        let secret = try await ann.keep("guarded")
        let name = instance.store.database.name
        // Nobody can shut a database from within.
        let elsewhere = try await instance.store.cluster.makeDatabase()
        try await elsewhere.runAsSuperuser("ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS false")
        try await elsewhere.runAsSuperuser(
            """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '\(name)' AND usename = 'steward_vault'
            """)
        while !instance.service.watch.isAway { await instance.service.watch.ask() }
        // In less time than the client would wait before it tries again.
        func check<M: UnaryMethod>(_ request: M) async {
            let refusal = await #expect(throws: RPCError.self) {
                try await instance.client.call(
                    request,
                    options: CallOptions(timeout: .seconds(1), token: ann.id.uuidString))
            }
            #expect(refusal?.reason == "vault.database_away", "\(M.contract.name)")
            #expect(refusal?.message.contains("database") == true)
            #expect(refusal?.retry == .after(.seconds(1)))
        }
        let reader = try ReaderKeyPair()
        await check(
            GetSecret(
                secretID: secret.id, readerKey: Data(reader.publicKey.bytes),
                requestID: Data(reader.requestID)))
        await check(DescribeSecret(secretID: secret.id))
        await check(UpdateSecret(secretID: secret.id, description: "d"))
        await check(CreateSecret(name: "other", type: .apiKey))
        // Who may wait longer is answered by the same words, and within their time.
        let refusal = try await ann.refusal(of: DescribeSecret(secretID: secret.id))
        #expect(refusal?.reason == "vault.database_away")
        try await elsewhere.runAsSuperuser("ALTER DATABASE \(name) WITH ALLOW_CONNECTIONS true")
        while instance.service.watch.isAway { await instance.service.watch.ask() }
        #expect(try await ann.get(secret.id) == "guarded")
        await instance.stop()
    }

    @Test(.timeLimit(.minutes(2)))
    func `a database that stands still is away once two answers are late, until it answers`()
        async throws
    {
        let cluster = try await TemporaryCluster()
        let database = Database(
            configuration: DatabaseConfiguration(
                connectionString: try await cluster.makeDatabase().superuserConnectionString),
            logger: .silent)
        let watch = DatabaseWatch(database)
        let standing = VaultStanding(database: watch)
        standing.open()
        await watch.ask()
        try standing.requireOpen()
        cluster.freeze()
        await watch.ask()
        #expect(!watch.isAway)
        await watch.ask()
        #expect(throws: RPCError.databaseAway) { try standing.requireOpen() }
        cluster.resume()
        while watch.isAway { await watch.ask() }
        try standing.requireOpen()
        await database.close()
        await cluster.stop()
    }
}
