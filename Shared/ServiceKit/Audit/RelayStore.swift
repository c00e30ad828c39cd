package import AuditAPI
package import Postgres

internal import struct FoundationEssentials.UUID

/// The SQL of taking events from the outbox to the log.
struct RelayStore: Sendable {
    let database: Database
    let schema: String

    /// How the numbering stands for the instance that takes events to the log.
    struct Numbering: Sendable {
        /// Which of the producer's numberings.
        let epoch: Int64
        /// The last sequence that was given.
        let lastSequence: Int64
        /// The lowest sequence that is still here; `nil` if nothing is.
        let firstKept: Int64?
        /// The next events to send, in order.
        let entries: [ProducedEntry]
    }

    /// How long an instance is the one that takes events to the log without saying so again.
    private static let lease: Duration = .seconds(10)
    private static let identity = DatabaseIdentity.purpose("audit_relay")
    private static let deadline: Duration = .seconds(10)

    /// Whether there is anything to number.
    func hasNew() async throws -> Bool {
        let result = try await self.database.read(
            """
            SELECT EXISTS (SELECT FROM \(identifier: self.schema).audit_outbox
                WHERE sequence IS NULL AND ready_at <= now()) AS has_new
            """,
            as: Self.identity, deadline: .now + Self.deadline)
        return try result.rows.first?.get("has_new") ?? false
    }

    /// About how many events are here.
    func count() async throws -> Int {
        let result = try await self.database.query(
            "SELECT count(*) AS count FROM \(identifier: self.schema).audit_outbox",
            as: Self.identity, deadline: .now + .seconds(30))
        return try result.rows.first?.get("count") ?? 0
    }

    /// One step of the relay, in one transaction: removes what the log will never ask for again,
    /// numbers what is new, and reads what comes next.
    ///
    /// A sequence is committed before it is sent, and given in one transaction at a time: the row
    /// of the numbering is locked first.
    ///
    /// - Parameters:
    ///   - holder: this instance.
    ///   - prunable: the last sequence that is no longer needed.
    ///   - sent: the last sequence that was sent.
    /// - Returns: `nil` if another instance takes events to the log.
    func step(
        holder: UUID, prunable: Int64, after sent: Int64
    ) async throws -> Numbering? {
        let isHeld: SQL = """
            EXISTS (SELECT FROM \(identifier: self.schema).audit_producer
                WHERE holder = \(holder))
            """
        let results = try await self.database.write(
            """
            UPDATE \(identifier: self.schema).audit_producer
            SET holder = \(holder),
                held_until = now() + make_interval(secs => \(Self.lease / .seconds(1)))
            WHERE holder IS NOT DISTINCT FROM \(holder) OR held_until < now()
            """,
            """
            DELETE FROM \(identifier: self.schema).audit_outbox
            WHERE sequence <= \(prunable) AND \(fragment: isHeld)
            """,
            """
            UPDATE \(identifier: self.schema).audit_outbox o
            SET sequence = p.last_sequence + n.number
            FROM (
                SELECT id, row_number() OVER (ORDER BY id) AS number
                FROM (SELECT id FROM \(identifier: self.schema).audit_outbox
                    WHERE sequence IS NULL AND ready_at <= now()
                    ORDER BY id LIMIT \(AppendEntries.entryLimit)) AS new
            ) AS n, \(identifier: self.schema).audit_producer p
            WHERE o.id = n.id AND p.holder = \(holder)
            """,
            """
            UPDATE \(identifier: self.schema).audit_producer p
            SET last_sequence = greatest(p.last_sequence, coalesce((
                SELECT max(o.sequence) FROM \(identifier: self.schema).audit_outbox o), 0))
            WHERE p.holder = \(holder)
            RETURNING p.epoch, p.last_sequence, (
                SELECT min(o.sequence) FROM \(identifier: self.schema).audit_outbox o)
                AS first_kept
            """,
            """
            SELECT sequence, event, payload, salt FROM (
                SELECT sequence, event, payload, salt,
                    sum(octet_length(event) + coalesce(octet_length(payload), 0))
                        OVER (ORDER BY sequence) AS byte_count
                FROM (SELECT * FROM \(identifier: self.schema).audit_outbox
                    WHERE sequence > \(sent) AND \(fragment: isHeld)
                    ORDER BY sequence LIMIT \(AppendEntries.entryLimit)) AS next
            ) AS measured
            WHERE byte_count <= \(AppendEntries.byteCountLimit) ORDER BY sequence
            """,
            as: Self.identity, deadline: .now + Self.deadline)
        guard let numbering = results[3].rows.first else { return nil }
        return Numbering(
            epoch: try numbering.get("epoch"),
            lastSequence: try numbering.get("last_sequence"),
            firstKept: try numbering.get("first_kept"),
            entries: try results[4].decode())
    }

    /// Lets another instance take over at once.
    func release(holder: UUID) async throws {
        _ = try await self.database.write(
            """
            UPDATE \(identifier: self.schema).audit_producer
            SET holder = NULL, held_until = now() WHERE holder = \(holder)
            """,
            as: Self.identity, deadline: .now + .seconds(2))
    }

    /// Asks that the numbering begin anew once the log has said how far it has the old one.
    func askForEpoch() async throws {
        _ = try await self.database.write(
            "UPDATE \(identifier: self.schema).audit_producer SET begins_epoch = true",
            as: Self.identity, deadline: .now + Self.deadline)
    }

    /// Begins the numbering anew if an operator has asked for it: what the log has is removed, what
    /// it does not have is numbered again.
    ///
    /// - Parameter durable: the last sequence of the old numbering that the log has.
    func beginEpochIfAsked(durable: Int64) async throws {
        let isAsked: SQL = """
            EXISTS (SELECT FROM \(identifier: self.schema).audit_producer
                WHERE begins_epoch FOR UPDATE)
            """
        _ = try await self.database.write(
            """
            DELETE FROM \(identifier: self.schema).audit_outbox
            WHERE sequence <= \(durable) AND \(fragment: isAsked)
            """,
            """
            UPDATE \(identifier: self.schema).audit_outbox SET sequence = NULL
            WHERE sequence IS NOT NULL AND \(fragment: isAsked)
            """,
            """
            UPDATE \(identifier: self.schema).audit_producer
            SET epoch = epoch + 1, last_sequence = 0, begins_epoch = false WHERE begins_epoch
            """,
            as: Self.identity, deadline: .now + .seconds(60))
    }
}

extension ProducedEntry: RowDecodable {
    package init(row: Row) throws {
        self.init(
            sequence: try row.get("sequence"), event: try row.get("event"),
            payload: try row.get("payload"), salt: try row.get("salt"))
    }
}
