import AuditAPI
import AuditFormat
import Foundation
import Locks
import Logging
import Postgres
import PostgresTestSupport
import ProcessTestSupport
import RPC
import ServiceKit
import TransparencyLog

@testable import AuditService

extension Logger {
    static var quiet: Logger {
        var logger = Logger(label: "tests")
        logger.logLevel = .critical
        return logger
    }
}

/// A database with the schema, and the signer's directory beside it: a log of a test's own.
final class TestLog: Sendable {
    let cluster: TemporaryCluster
    let database: TestDatabase
    let directory: String
    let seed: [UInt8]
    /// A pool that row security does not concern, to look and to tamper behind the service's back.
    let admin: Database

    private static let roles = Once {
        try await TemporaryCluster.shared().makeDatabase().runAsSuperuser(
            """
            CREATE ROLE steward_audit_owner NOLOGIN;
            CREATE ROLE steward_audit LOGIN NOINHERIT
            """)
    }

    init() async throws {
        try await Self.roles.value()
        self.cluster = try await TemporaryCluster.shared()
        self.database = try await self.cluster.makeDatabase()
        for statement in [
            "GRANT CONNECT ON DATABASE \(self.database.name) TO steward_audit",
            "CREATE SCHEMA audit AUTHORIZATION steward_audit_owner",
        ] { try await self.database.runAsSuperuser(statement) }
        _ = try await AuditService.definition.migrator.migrate(
            connectionString: self.database.superuserConnectionString,
            role: "steward_audit_owner")
        self.directory = "/tmp/steward-audit-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(
            atPath: self.directory, withIntermediateDirectories: false)
        self.seed = (0..<32).map { _ in UInt8.random(in: 0...255) }
        self.admin = Self.pool(self.database.superuserConnectionString)
    }

    deinit {
        // What is left in /tmp harms no other test.
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    private static func pool(_ connectionString: String) -> Database {
        Database(
            configuration: DatabaseConfiguration(
                connectionString: connectionString, applicationName: "tests"),
            logger: .quiet)
    }

    /// A pool of the service's role.
    func runtimePool() -> Database {
        Self.pool(
            self.cluster.connectionString(database: self.database.name, user: "steward_audit"))
    }

    /// A signer on the log's directory, not opened.
    func signer() throws -> CheckpointSigner {
        CheckpointSigner(
            key: try NoteSigningKey(name: KeyName("log.test")!, seed: self.seed),
            directory: SignerDirectory(path: self.directory))
    }

    /// Does something as superuser.
    func tamper(_ statements: SQL...) async throws {
        _ = try await self.admin.write(statements, as: .nobody)
    }

    /// A number that a query gives.
    func number(_ sql: SQL) async throws -> Int64 {
        try await self.admin.query(sql, as: .nobody).rows[0].get(0)
    }

    /// What the signer's file has.
    var checkpointFile: String { "\(self.directory)/checkpoint" }
}

/// The service on a log, in this process.
final class TestSink: Sendable {
    let log: TestLog
    let signer: CheckpointSigner
    let database: Database
    let service: AuditComposition
    /// Where the service records what it does itself.
    let outbox = AuditOutbox(schema: "audit", gauge: OutboxGauge(limit: 1_000_000))
    private let running: Task<Void, Never>
    private let failure = Failure()

    private final class Failure: Sendable { let value = Mutex<(any Error)?>(nil) }

    /// Starts it; the checkpoints are made by ``AuditService/CheckpointService/step()`` alone.
    init(
        _ log: TestLog, opensSigner: Bool = true,
        permits: @escaping @Sendable (String, UUID) -> Bool = { _, _ in true }
    ) async throws {
        self.log = log
        self.signer = try log.signer()
        if opensSigner { try self.signer.open() }
        self.database = log.runtimePool()
        self.service = AuditComposition(
            database: self.database, signer: self.signer, audit: self.outbox, logger: .quiet,
            permits: permits)
        self.running = Task { [sequencer = self.service.sequencer, failure = self.failure] in
            do {
                try await sequencer.run()
            } catch {
                failure.value.withLock { $0 = error }
            }
        }
        try await self.service.checkpoints.step()
    }

    /// What the sequencer ended with.
    func sequencerFailure() async -> (any Error)? {
        await self.running.value
        return self.failure.value.withLock { $0 }
    }

    /// Ends it as a kill would: nothing more is signed or stored.
    func stop() async {
        self.running.cancel()
        await self.running.value
        self.signer.close()
        await self.database.close()
    }

    /// What records that the log is read.
    var reads: ReadRecorder { ReadRecorder(outbox: self.outbox, database: self.database) }

    /// Appends as a producer.
    @discardableResult
    func append(
        _ producer: String, epoch: Int64 = 1, _ entries: [ProducedEntry]
    ) async throws -> AppendedEntries {
        // Events of long ago come when they were new.
        for (place, entry) in entries.enumerated() {
            // What cannot be read is sent as it is.
            let event = try? AuditEvent(bytes: entry.event)
            guard let time = event?.occurredAt,
                (396.0 * 86_400...3_653 * 86_400).contains(-time.timeIntervalSinceNow)
            else { continue }
            if place > 0 {
                try await self.append(producer, epoch: epoch, Array(entries[..<place]))
            }
            let reply = try await self.service.sequencer.append(
                AppendEntries(producer: producer, epoch: epoch, entries: [entry]),
                receivedAt: time)
            let rest = Array(entries[(place + 1)...])
            return rest.isEmpty
                ? reply : try await self.append(producer, epoch: epoch, rest)
        }
        return try await self.service.sequencer.append(
            AppendEntries(producer: producer, epoch: epoch, entries: entries))
    }

    /// Appends entries with these sequences.
    @discardableResult
    func append(
        _ producer: String, epoch: Int64 = 1, _ sequences: ClosedRange<Int64>
    ) async throws -> AppendedEntries {
        var last: AppendedEntries?
        var next = sequences.lowerBound
        while next <= sequences.upperBound {
            let end = min(next + 255, sequences.upperBound)
            last = try await self.append(
                producer, epoch: epoch, try (next...end).map { try entry($0) })
            next = end + 1
        }
        return last!
    }

    /// Appends entries of identity.
    @discardableResult
    func append(
        epoch: Int64 = 1, _ entries: [ProducedEntry]
    ) async throws -> AppendedEntries {
        try await self.append("identity", epoch: epoch, entries)
    }

    /// Appends entries of identity with these sequences.
    @discardableResult
    func append(
        epoch: Int64 = 1, _ sequences: ClosedRange<Int64>
    ) async throws -> AppendedEntries {
        try await self.append("identity", epoch: epoch, sequences)
    }

    /// Signs what there is.
    func sign() async throws { try await self.service.checkpoints.step() }
}

/// An entry whose event says which one it is.
func entry(
    _ sequence: Int64, _ action: AuditAction = .userUpdated, note: String = "",
    at time: Date? = nil, payload: AuditPayload? = AuditPayload(username: "ann")
) throws -> ProducedEntry {
    var bytes: Data?
    var salt: Data?
    if let payload {
        bytes = try payload.canonicalBytes
        salt = Data((0..<32).map { UInt8(truncatingIfNeeded: Int64($0) &+ sequence) })
    }
    let id = UUID(
        uuidString: "00000000-0000-7000-8000-"
            + String(repeating: "0", count: 12 - String(sequence).count) + String(sequence))!
    let event = AuditEvent(
        id: id, occurredAt: time ?? Date(timeIntervalSince1970: 1_790_000_000 + Double(sequence)),
        action: action, actorID: UUID(uuidString: "11111111-1111-4111-8111-111111111111"),
        resourceType: "user", resourceID: "22222222-2222-4222-8222-222222222222\(note)",
        payloadCommitment: bytes.map { AuditPayload.commitment(toBytes: $0, salt: salt!) })
    return ProducedEntry(
        sequence: sequence, event: try event.canonicalBytes, payload: bytes, salt: salt)
}
