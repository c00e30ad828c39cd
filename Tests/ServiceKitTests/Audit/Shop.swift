import AuditAPI
import AuditFormat
import Logging
import Postgres
import PostgresTestSupport

import struct FoundationEssentials.Data
import struct FoundationEssentials.UUID

@testable import ServiceKit

/// A schema with sales and an audit outbox, in a database of its own.
struct Shop: Sendable {
    let test: TestDatabase
    let database: Database
    let admin: Database
    let gauge = OutboxGauge(limit: 1_000_000)

    var outbox: AuditOutbox { AuditOutbox(schema: "shop", gauge: self.gauge) }
    var store: RelayStore { RelayStore(database: self.database, schema: "shop") }

    /// Makes the schema, lends it, and closes the connections.
    static func with(_ body: (Shop) async throws -> Void) async throws {
        let test = try await TemporaryCluster.shared().makeDatabase()
        try await test.run("CREATE SCHEMA shop")
        try await test.run("GRANT USAGE ON SCHEMA shop TO \(test.runtime)")
        for migration in [
            AuditOutbox.migration(
                version: 1, schema: "shop", role: test.runtime, owner: test.owner),
            AuditOutbox.batchMigration(
                version: 2, schema: "shop", role: test.runtime, owner: test.owner),
            AuditOutbox.wholeBatchMigration(version: 3, schema: "shop", role: test.runtime),
        ] {
            try await test.run(migration.sql)
        }
        try await test.run(
            """
            CREATE TABLE shop.sales (name text NOT NULL);
            GRANT SELECT, INSERT ON shop.sales TO \(test.runtime);
            """)
        let shop = Shop(
            test: test, database: Self.open(test.runtimeConnectionString),
            admin: Self.open(test.superuserConnectionString))
        do {
            try await body(shop)
            await shop.close()
        } catch {
            await shop.close()
            throw error
        }
    }

    static func open(_ connectionString: String) -> Database {
        Database(
            configuration: DatabaseConfiguration(connectionString: connectionString),
            logger: .nobody)
    }

    private func close() async {
        await self.database.close()
        await self.admin.close()
    }

    // MARK: Changes and their events

    /// The statements of a sale and of its event.
    func sale(_ name: String) throws -> [SQL] {
        [
            "INSERT INTO shop.sales (name) VALUES (\(name))",
            try self.outbox.record(
                AuditFact(.orderChanged, of: AuditResource("sale", name)), in: nil),
        ]
    }

    /// Sells things, each in a transaction of its own.
    func sell(_ names: [String]) async throws {
        for name in names {
            _ = try await self.database.write(try self.sale(name), as: .nobody)
        }
    }

    /// Makes the relay of an instance of the shop.
    func relay(to log: TestLog) -> AuditRelay {
        AuditRelay(
            producer: "shop", schema: "shop", database: self.database, gauge: self.gauge,
            logger: .nobody, sink: { try await log.append($0) })
    }

    /// Runs a relay meanwhile; it ends without giving back its lease.
    func relaying(
        to log: TestLog, _ body: (AuditRelay) async throws -> Void
    ) async throws {
        let relay = self.relay(to: log)
        let task = Task { try await relay.run() }
        do {
            try await body(relay)
        } catch {
            task.cancel()
            throw error
        }
        task.cancel()
        // How it ends is not in question.
        _ = try? await task.value
        try await self.endLease()
    }

    /// What ten seconds of silence do.
    func endLease() async throws {
        try await self.change(
            "UPDATE shop.audit_producer SET held_until = now() - interval '1 second'")
    }

    // MARK: Behind the shop's back

    /// The events that have no number yet, in the order of their ids.
    func events() async throws -> [AuditEvent] {
        try await self.admin.query(
            "SELECT event FROM shop.audit_outbox ORDER BY id", as: .nobody
        ).rows.map { try AuditEvent(bytes: try $0.get("event", as: Data.self)) }
    }

    /// How many events fulfil a condition, such as one on the `sequence` that they were given.
    func count(_ condition: SQL = "true") async throws -> Int {
        try await self.value(
            """
            SELECT count(*) FROM (
                SELECT id, event, payload, salt, ready_at, NULL::bigint AS sequence
                FROM shop.audit_outbox
                UNION ALL
                SELECT e.id, e.event, e.payload, e.salt, NULL, b.first_sequence + e.place - 1
                FROM shop.audit_batches b, unnest(b.ids, b.events, b.payloads, b.salts)
                    WITH ORDINALITY AS e (id, event, payload, salt, place)
            ) AS events
            WHERE \(fragment: condition)
            """)
    }

    /// Makes the outbox what it was when so many events had been numbered.
    func restore(upTo sequence: Int64) async throws {
        try await self.change(
            """
            DELETE FROM shop.audit_batches WHERE first_sequence > \(sequence)
            """)
        try await self.change(
            """
            UPDATE shop.audit_batches
            SET last_sequence = \(sequence), ids = ids[:\(sequence) - first_sequence + 1],
                events = events[:\(sequence) - first_sequence + 1],
                payloads = payloads[:\(sequence) - first_sequence + 1],
                salts = salts[:\(sequence) - first_sequence + 1]
            WHERE last_sequence > \(sequence)
            """)
        try await self.change("UPDATE shop.audit_producer SET last_sequence = \(sequence)")
    }

    /// Makes the outbox what it was when nothing of what is here was numbered.
    func unnumber() async throws {
        try await self.change(
            """
            INSERT INTO shop.audit_outbox (id, event, payload, salt)
            SELECT e.* FROM shop.audit_batches, unnest(ids, events, payloads, salts) AS e
            """)
        try await self.change("DELETE FROM shop.audit_batches")
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

    /// Waits until something has become so.
    func wait(until isSo: () async throws -> Bool) async throws {
        let end = ContinuousClock.now + .seconds(40)
        while try await !isSo() {
            guard ContinuousClock.now < end else {
                throw TemporaryCluster.Failure("it did not become so")
            }
            // A round trip, so that those who are waited for get on.
            try await self.admin.ping()
        }
    }
}

extension Logger {
    /// Says nothing.
    static var nobody: Logger {
        Logger(label: "tests", factory: { _ in SwiftLogNoOpLogHandler() })
    }
}
