import Logging
import Postgres
import PostgresTestSupport
import ServiceKit

import struct FoundationEssentials.Date
import struct FoundationEssentials.UUID

@testable import RPC

/// Pays an amount: twice is not the same as once.
struct Pay: UnaryMethod, KeyedRequest {
    var amount: Int64
    var note: String?
    var idempotencyKey: String?

    struct Reply: Codable, Hashable, Sendable {
        var number: Int64
        var note: String
    }

    static let contract = MethodContract(
        "till.Pay", documentation: "Pays.", access: .signedIn, repeatability: .withKey)
    static let fieldDocumentation: [String: String] = [:]
}

extension CallContext {
    /// A call of somebody, as handlers get it.
    static func keyed(_ key: String?, by caller: UUID?) -> CallContext {
        CallContext(
            method: "till.Pay", peer: Peer(source: .inProcess),
            caller: caller.map {
                Caller(
                    userID: $0, sessionID: $0, authenticatedAt: Date(timeIntervalSince1970: 0),
                    expiresAt: Date(timeIntervalSince1970: 4_000_000_000))
            }, deadline: .now + .seconds(60), idempotencyKey: key, attempt: 0, trace: nil,
            metadata: [:], token: nil, logger: .nobody)
    }
}

/// A schema with payments and the answers to them, in a database of its own.
struct Payments: Sendable {
    let test: TestDatabase
    let database: Database
    let admin: Database
    let answers = KeptAnswers(schema: "till")

    /// Makes the schema, lends it, and closes the connections.
    static func with(_ body: (Payments) async throws -> Void) async throws {
        let test = try await TemporaryCluster.shared().makeDatabase()
        for schema in ["till", "other"] {
            let role = schema == "till" ? test.runtime : "\(test.runtime)_other"
            if schema == "other" {
                try await test.runAsSuperuser("CREATE ROLE \(role) LOGIN NOINHERIT")
                try await test.runAsSuperuser("GRANT CONNECT ON DATABASE \(test.name) TO \(role)")
            }
            try await test.run("CREATE SCHEMA \(schema)")
            try await test.run("GRANT USAGE ON SCHEMA \(schema) TO \(role)")
            let migration = KeptAnswers.migration(
                version: 1, schema: schema, role: role,
                workPurposes: schema == "other" ? ["work"] : [], prunePurpose: "prune")
            try await test.run(migration.sql)
        }
        try await test.run(
            """
            CREATE TABLE till.payments (
                number bigint GENERATED ALWAYS AS IDENTITY, caller uuid, amount bigint);
            GRANT SELECT, INSERT ON till.payments TO \(test.runtime);
            """)
        let payments = Payments(
            test: test, database: Self.open(test.runtimeConnectionString),
            admin: Self.open(test.superuserConnectionString))
        do {
            try await body(payments)
            await payments.database.close()
            await payments.admin.close()
        } catch {
            await payments.database.close()
            await payments.admin.close()
            throw error
        }
    }

    private static func open(_ connectionString: String) -> Database {
        Database(
            configuration: DatabaseConfiguration(connectionString: connectionString),
            logger: .nobody)
    }

    /// Connects as the role of the other schema.
    func openOther() -> Database {
        Self.open(
            self.test.cluster.connectionString(
                database: self.test.name, user: "\(self.test.runtime)_other"))
    }

    /// Pays with a key.
    ///
    /// - Parameters:
    ///   - then: a statement that follows the change in its round trip.
    ///   - answer: what to do before answering.
    func pay(
        _ amount: Int64 = 1, key: String = "k", by caller: UUID, then: SQL? = nil,
        note: String = "paid", answer: () throws -> Void = {}
    ) async throws -> Pay.Reply {
        let call = try KeyedCall(Pay(amount: amount), .keyed(key, by: caller))
        guard let call else { throw TemporaryCluster.Failure("no key") }
        return try await self.answers.once(
            call, in: self.database, as: .person(caller), deadline: .now + .seconds(60)
        ) { claimed in
            let pay: SQL = """
                WITH \(fragment: claimed) INSERT INTO till.payments (caller, amount)
                SELECT \(caller), \(amount) FROM claimed RETURNING number
                """
            return [pay] + (then.map { [$0] } ?? [])
        } answer: { results in
            try answer()
            guard let row = results[0].rows.first else {
                throw TemporaryCluster.Failure("nothing was paid")
            }
            return Pay.Reply(number: try row.get("number"), note: note)
        }
    }

    /// How many payments there are.
    func count() async throws -> Int64 {
        try await self.value("SELECT count(*) FROM till.payments")
    }

    /// How many answers are there.
    func keptCount() async throws -> Int64 {
        try await self.value("SELECT count(*) FROM till.kept_answers")
    }

    /// One value past all row security.
    func value<Value: SQLValue>(_ sql: SQL, as: Value.Type = Value.self) async throws -> Value {
        guard let row = try await self.admin.query(sql, as: .nobody).rows.first else {
            throw TemporaryCluster.Failure("no row")
        }
        return try row.get(0)
    }

    /// Changes something past all row security.
    func change(_ sql: SQL) async throws { _ = try await self.admin.write(sql, as: .nobody) }

    /// Waits until a statement answers true.
    func wait(until sql: SQL) async throws {
        let end = ContinuousClock.now + .seconds(30)
        while try await !self.value(sql, as: Bool.self) {
            guard ContinuousClock.now < end else {
                throw TemporaryCluster.Failure("\(sql.text) did not become true")
            }
            await Task.yield()
        }
    }
}
