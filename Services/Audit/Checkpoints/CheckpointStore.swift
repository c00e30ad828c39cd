internal import AuditFormat
internal import Postgres
internal import RPC
internal import TransparencyLog

internal import struct FoundationEssentials.Data

/// All SQL about checkpoints and epochs of the log.
struct CheckpointStore: Sendable {
    let database: Database

    /// The log and how far it had each producer's events, at one moment.
    struct Snapshot: Sendable {
        let state: LogState
        let producers: [Producer]

        /// How far the log had the events of those producers that have entries in the tree.
        var lastInTree: CheckpointProducers {
            CheckpointProducers(
                Dictionary(
                    self.producers.filter { $0.logEpoch == self.state.logEpoch }.map {
                        (
                            $0.name,
                            ProducerPlace(epoch: $0.epoch, sequence: $0.lastSequence)
                        )
                    }, uniquingKeysWith: { $1 }))
        }
    }

    /// How far the log has a producer's events.
    struct Producer: Sendable {
        let name: String
        let epoch: Int64
        let lastSequence: Int64
        /// The tree that the last of them is in; `nil` if it is in none.
        let logEpoch: Int64?
    }

    /// A tree of the log as its record has it.
    struct EpochRecord: RowDecodable, Sendable {
        let logEpoch: Int64
        let origin: String
        let previousNote: String?
        let keptSize: Int64?

        init(row: Row) throws {
            self.logEpoch = try row.get("log_epoch")
            self.origin = try row.get("origin")
            self.previousNote = try row.get("previous_note")
            self.keptSize = try row.get("kept_size")
        }
    }

    /// The log at this moment.
    func snapshot() async throws -> Snapshot {
        let rows = try await self.database.query(
            """
            SELECT \(fragment: LogState.columns), p.producer, p.epoch, p.last_sequence,
                e.log_epoch AS last_log_epoch
            FROM audit.log_state AS s LEFT JOIN audit.producers AS p ON true
            LEFT JOIN audit.entries AS e ON e.producer = p.producer AND e.epoch = p.epoch
                AND e.sequence = p.last_sequence
            """,
            as: .purpose("read"), deadline: .now + .seconds(10)
        ).rows
        guard let first = rows.first else {
            throw LogFailure.stateMissing
        }
        return Snapshot(
            state: try LogState(row: first),
            producers: try rows.compactMap { row in
                guard let name = try row.get("producer", as: String?.self) else { return nil }
                return Producer(
                    name: name, epoch: try row.get("epoch"),
                    lastSequence: try row.get("last_sequence"),
                    logEpoch: try row.get("last_log_epoch"))
            })
    }

    /// Stores a copy of a checkpoint and, where the log had just this size, how far it covers each
    /// producer's events.
    ///
    /// - Parameter previous: the copy that was stored before, if that is known; else the database
    ///   says which one it was.
    func store(
        _ signed: CheckpointSigner.Signed, after previous: CheckpointSigner.Signed?,
        covering snapshot: Snapshot?
    ) async throws {
        var previousSize: Int64?
        if let previous, previous.logEpoch == signed.logEpoch, previous.size < signed.size {
            previousSize = previous.size
        }
        let producers = snapshot?.producers ?? []
        _ = try await self.database.write(
            // First, as appending does, so that the two wait for each other in one order.
            "SELECT 1 FROM audit.log_state FOR UPDATE",
            """
            INSERT INTO audit.checkpoints (log_epoch, size, root, note, previous_size)
            VALUES (\(signed.logEpoch), \(signed.size), \(Data(signed.checkpoint.root.bytes)),
                \(signed.text), coalesce(\(previousSize), (
                    SELECT max(c.size) FROM audit.checkpoints AS c
                    WHERE c.log_epoch = \(signed.logEpoch) AND c.size < \(signed.size))))
            ON CONFLICT (log_epoch, size) DO NOTHING
            """,
            """
            UPDATE audit.producers AS p SET checkpointed_sequence = c.last_sequence
            FROM unnest(
                \(producers.map(\.name)), \(producers.map(\.epoch)),
                \(producers.map(\.lastSequence))
            ) AS c (producer, epoch, last_sequence)
            WHERE p.producer = c.producer AND p.epoch = c.epoch
                AND p.checkpointed_sequence < c.last_sequence
            """,
            as: .nobody, deadline: .now + .seconds(10))
    }

    /// Whether any checkpoint is stored.
    func hasCheckpoints() async throws -> Bool {
        try await self.database.query(
            "SELECT EXISTS (SELECT FROM audit.checkpoints) AS found", as: .nobody,
            deadline: .now + .seconds(10)
        ).rows.first?.get("found") ?? false
    }

    /// The largest checkpoint that is stored of a tree, up to a size.
    func newest(
        logEpoch: Int64, upTo size: Int64, deadline: ContinuousClock.Instant?
    ) async throws -> String? {
        try await self.database.read(
            """
            SELECT note FROM audit.checkpoints
            WHERE log_epoch = \(logEpoch) AND size <= \(size) ORDER BY size DESC LIMIT 1
            """,
            as: .nobody, deadline: deadline
        ).rows.first?.get("note")
    }

    /// The stored copies of a tree, the largest first; at most so many.
    func copies(logEpoch: Int64, limit: Int64) async throws -> [String] {
        try await self.database.query(
            """
            SELECT note FROM audit.checkpoints
            WHERE log_epoch = \(logEpoch) ORDER BY size DESC LIMIT \(limit)
            """,
            as: .nobody, deadline: .now + .seconds(10)
        ).rows.map { try $0.get("note") }
    }

    /// The record of an epoch.
    func epoch(
        _ logEpoch: Int64, deadline: ContinuousClock.Instant? = nil
    ) async throws -> EpochRecord? {
        try await self.database.read(
            """
            SELECT log_epoch, origin, previous_note, kept_size FROM audit.log_epochs
            WHERE log_epoch = \(logEpoch)
            """,
            as: .nobody, deadline: deadline
        ).decodeFirst()
    }

    /// Records the first epoch, unless it is.
    func recordFirstEpoch(origin: String) async throws {
        _ = try await self.database.write(
            """
            INSERT INTO audit.log_epochs (log_epoch, origin) VALUES (1, \(origin))
            ON CONFLICT (log_epoch) DO NOTHING
            """,
            as: .nobody, deadline: .now + .seconds(10))
    }
}
