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
            SELECT EXISTS (\(fragment: self.new)) OR EXISTS (
                SELECT FROM \(identifier: self.schema).audit_outbox WHERE ready_at <= now()
            ) AS has_new
            """,
            as: Self.identity, deadline: .now + Self.deadline)
        return try result.rows.first?.get("has_new") ?? false
    }

    /// Events that may be numbered and are not yet.
    private var new: SQL {
        """
        SELECT id FROM \(identifier: self.schema).audit_outbox
        WHERE ready_at IS NULL AND id NOT IN (
            SELECT unnest(ids) FROM \(identifier: self.schema).audit_batches)
        """
    }

    /// The events numbered so far, each with its sequence.
    ///
    /// - Parameter condition: which batches are looked at.
    private func numbered(_ condition: SQL) -> SQL {
        """
        SELECT listed.id, b.first_sequence + listed.place - 1 AS sequence
        FROM \(identifier: self.schema).audit_batches b,
            unnest(b.ids) WITH ORDINALITY AS listed (id, place)
        WHERE \(fragment: condition)
        """
    }

    /// The statements that remove what the log will never ask for again.
    ///
    /// - Parameter condition: whether that may be done.
    private func prune(upTo sequence: Int64, if condition: SQL) -> [SQL] {
        [
            """
            DELETE FROM \(identifier: self.schema).audit_outbox o
            USING (\(fragment: self.numbered("b.first_sequence <= \(sequence)"))) AS gone
            WHERE o.id = gone.id AND gone.sequence <= \(sequence) AND \(fragment: condition)
            """,
            """
            DELETE FROM \(identifier: self.schema).audit_batches
            WHERE last_sequence <= \(sequence) AND \(fragment: condition)
            """,
            """
            UPDATE \(identifier: self.schema).audit_batches
            SET first_sequence = \(sequence) + 1, ids = ids[\(sequence) - first_sequence + 2:]
            WHERE first_sequence <= \(sequence) AND \(fragment: condition)
            """,
        ]
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
    /// of the numbering is locked first.  The events themselves are not touched for it: a list of
    /// their ids gives them their numbers, which costs the database far less.
    ///
    /// Nothing is removed or numbered before the log has said how far it has this numbering, nor
    /// when it has more of it than was ever given here: the numbers that come next may be taken.
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
        let holding: SQL = """
            UPDATE \(identifier: self.schema).audit_producer
            SET holder = \(holder),
                held_until = now() + make_interval(secs => \(Self.lease / .seconds(1)))
            WHERE holder IS NOT DISTINCT FROM \(holder) OR held_until < now()
            """
        // Takes the row's lock: whoever counts something up at this moment does it before, and it
        // is sent, or finds that the event is closed.
        let closing: SQL = """
            UPDATE \(identifier: self.schema).audit_outbox SET ready_at = NULL
            WHERE ready_at <= now() AND \(fragment: agrees)
            """
        let numbering: SQL = """
            INSERT INTO \(identifier: self.schema).audit_batches
                (first_sequence, last_sequence, ids)
            SELECT p.last_sequence + 1, p.last_sequence + count(*), array_agg(n.id ORDER BY n.id)
            FROM (\(fragment: self.new) ORDER BY id LIMIT \(AppendEntries.entryLimit)) AS n,
                \(identifier: self.schema).audit_producer p
            WHERE \(fragment: agrees)
            GROUP BY p.last_sequence
            """
        let progress: SQL = """
            UPDATE \(identifier: self.schema).audit_producer p
            SET last_sequence = greatest(p.last_sequence, coalesce((
                SELECT max(b.last_sequence) FROM \(identifier: self.schema).audit_batches b), 0))
            WHERE p.holder = \(holder)
            RETURNING p.epoch, p.last_sequence, p.begins_epoch, (
                SELECT min(b.first_sequence) FROM \(identifier: self.schema).audit_batches b)
                AS first_kept
            """
        let next: SQL = """
            SELECT sequence, event, payload, salt FROM (
                SELECT n.sequence, o.event, o.payload, o.salt,
                    sum(octet_length(o.event) + coalesce(octet_length(o.payload), 0))
                        OVER (ORDER BY n.sequence) AS byte_count
                FROM (
                    SELECT * FROM (\(fragment: self.numbered(
                        "b.last_sequence > \(known.durable) AND \(fragment: agrees)"))) AS listed
                    WHERE sequence > \(known.durable)
                    ORDER BY sequence LIMIT \(AppendEntries.entryLimit)
                ) AS n JOIN \(identifier: self.schema).audit_outbox o ON o.id = n.id
            ) AS measured
            WHERE byte_count <= \(AppendEntries.byteCountLimit) ORDER BY sequence
            """
        let results = try await self.database.write(
            [holding] + self.prune(upTo: known.prunable, if: agrees)
                + [closing, numbering, progress, next],
            as: Self.identity, deadline: .now + Self.deadline)
        let (numbered, following) = (results[results.count - 2], results[results.count - 1])
        guard let standing = numbered.rows.first else { return nil }
        return Numbering(
            epoch: try standing.get("epoch"),
            lastSequence: try standing.get("last_sequence"),
            beginsEpoch: try standing.get("begins_epoch"),
            firstKept: try standing.get("first_kept"),
            entries: try following.decode())
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

    /// Begins the numbering anew, as an operator has asked: what is here is numbered again, with
    /// the number of a numbering that the log takes next.  What the log has must be removed before,
    /// by its ids: numbers tell nothing any more.
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
        let lock: SQL = """
            SELECT FROM \(identifier: self.schema).audit_producer
            WHERE \(fragment: isAsked) FOR UPDATE
            """
        let forgetting: SQL = """
            DELETE FROM \(identifier: self.schema).audit_batches WHERE \(fragment: ends)
            """
        let beginning: SQL = """
            UPDATE \(identifier: self.schema).audit_producer
            SET epoch = \(logEpoch) + 1, last_sequence = 0, begins_epoch = false
            WHERE \(fragment: isAsked)
            """
        _ = try await self.database.write(
            lock, forgetting, beginning,
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
