package import AuditAPI
package import Postgres

internal import struct FoundationEssentials.UUID

/// The SQL of taking events from the outbox to the log.
struct RelayStore: Sendable {
    let database: Database
    let schema: String

    /// What the log has said of how far it has this producer's events.
    struct LogPosition: Hashable, Sendable {
        /// Which of the producer's numberings.
        var epoch: Int64
        /// The last sequence that the log has.
        var durable: Int64
        /// The last sequence that the log will not ask for again.
        var prunable: Int64

        /// Whether the log will ask for nothing that it has.
        var isCovered: Bool { self.prunable >= self.durable }
    }

    /// How the numbering stands for the instance that takes events to the log.
    struct Numbering: Sendable {
        /// Which of the producer's numberings.
        let epoch: Int64
        /// The last sequence that was given.
        let lastSequence: Int64
        /// Whether an operator has asked that the numbering begin anew.
        let beginsEpoch: Bool
        /// The lowest sequence that is still here; `nil` if nothing is.
        let firstKept: Int64?
        /// The next events to send, in order.
        let entries: [ProducedEntry]
    }

    /// How long an instance is the one that takes events to the log without saying so again.
    private static let lease: Duration = .seconds(10)
    static let identity = DatabaseIdentity.purpose("audit_relay")
    static let deadline: Duration = .seconds(10)

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

    /// How many events are here, counted no further than a limit.
    func count(atMost limit: Int) async throws -> Int {
        let result = try await self.database.query(
            """
            SELECT count(*) AS count
            FROM (SELECT FROM \(identifier: self.schema).audit_outbox LIMIT \(limit)) AS counted
            """,
            as: Self.identity, deadline: .now + .seconds(30))
        return try result.rows.first?.get("count") ?? 0
    }

    /// One step of the relay, in one transaction: removes what the log will never ask for again,
    /// numbers what is new, and reads what comes next.
    ///
    /// A sequence is committed before it is sent, and given in one transaction at a time: the row
    /// of the numbering is locked first.  Nothing is removed or numbered before the log has said
    /// how far it has this numbering, nor when it has more of it than was ever given here: the
    /// numbers that come next may be taken.
    ///
    /// - Parameters:
    ///   - holder: this instance.
    ///   - position: what the log has said; `nil` before it has.
    /// - Returns: `nil` if another instance takes events to the log.
    func step(holder: UUID, at position: LogPosition?) async throws -> Numbering? {
        let known = position ?? LogPosition(epoch: 0, durable: 0, prunable: 0)
        let agrees: SQL = """
            EXISTS (SELECT FROM \(identifier: self.schema).audit_producer
                WHERE holder = \(holder) AND epoch = \(known.epoch)
                    AND last_sequence >= \(known.durable) AND NOT begins_epoch)
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
            WHERE sequence <= \(known.prunable) AND \(fragment: agrees)
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
            WHERE o.id = n.id AND \(fragment: agrees)
            """,
            """
            UPDATE \(identifier: self.schema).audit_producer p
            SET last_sequence = greatest(p.last_sequence, coalesce((
                SELECT max(o.sequence) FROM \(identifier: self.schema).audit_outbox o), 0))
            WHERE p.holder = \(holder)
            RETURNING p.epoch, p.last_sequence, p.begins_epoch, (
                SELECT min(o.sequence) FROM \(identifier: self.schema).audit_outbox o)
                AS first_kept
            """,
            """
            SELECT sequence, event, payload, salt FROM (
                SELECT sequence, event, payload, salt,
                    sum(octet_length(event) + coalesce(octet_length(payload), 0))
                        OVER (ORDER BY sequence) AS byte_count
                FROM (SELECT * FROM \(identifier: self.schema).audit_outbox
                    WHERE sequence > \(known.durable) AND \(fragment: agrees)
                    ORDER BY sequence LIMIT \(AppendEntries.entryLimit)) AS next
            ) AS measured
            WHERE byte_count <= \(AppendEntries.byteCountLimit) ORDER BY sequence
            """,
            as: Self.identity, deadline: .now + Self.deadline)
        guard let numbering = results[3].rows.first else { return nil }
        return Numbering(
            epoch: try numbering.get("epoch"),
            lastSequence: try numbering.get("last_sequence"),
            beginsEpoch: try numbering.get("begins_epoch"),
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
    ///
    /// - Parameter event: the statement that records it, in the same transaction.
    func askForEpoch(recording event: SQL) async throws {
        _ = try await self.database.write(
            event, "UPDATE \(identifier: self.schema).audit_producer SET begins_epoch = true",
            as: Self.identity, deadline: .now + Self.deadline)
    }

    /// Begins the numbering anew, as an operator has asked: what the log has is removed, what it
    /// does not have is numbered again.
    ///
    /// Does nothing if another instance takes events to the log by now, or has done it, nor while
    /// no checkpoint covers all that the log has: what a log forgets could never be sent again.
    ///
    /// - Parameter position: how far the log has the numbering that ends.
    func beginEpoch(holder: UUID, after position: LogPosition, logEpoch: Int64) async throws {
        guard position.isCovered else { return }
        let isAsked: SQL = """
            begins_epoch AND holder = \(holder) AND epoch = \(position.epoch)
            """
        let ends: SQL = """
            EXISTS (SELECT FROM \(identifier: self.schema).audit_producer
                WHERE \(fragment: isAsked))
            """
        _ = try await self.database.write(
            """
            SELECT FROM \(identifier: self.schema).audit_producer
            WHERE \(fragment: isAsked) FOR UPDATE
            """,
            """
            DELETE FROM \(identifier: self.schema).audit_outbox
            WHERE sequence <= \(position.prunable) AND \(fragment: ends)
            """,
            """
            UPDATE \(identifier: self.schema).audit_outbox SET sequence = NULL
            WHERE sequence IS NOT NULL AND \(fragment: ends)
            """,
            """
            UPDATE \(identifier: self.schema).audit_producer
            SET epoch = greatest(epoch, \(logEpoch)) + 1, last_sequence = 0,
                begins_epoch = false
            WHERE \(fragment: isAsked)
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
