internal import AuditAPI
internal import Postgres

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.UUID

/// The SQL of taking events from the outbox to the log.
struct RelayStore: Sendable {
    let database: Database
    let schema: String
    /// Whether no other instance can be at work: nobody's lease is waited for then.
    var isAlone = false

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

        /// Whether no more fits into a call, so that there may be more to number.
        var isFull: Bool {
            let byteCount = self.entries.reduce(0) {
                $0 + $1.event.count + ($1.payload?.count ?? 0)
            }
            let largest = ProducedEntry.eventByteCountLimit + ProducedEntry.payloadByteCountLimit
            return self.entries.count >= AppendEntries.entryLimit
                || byteCount > AppendEntries.byteCountLimit - largest
        }
    }

    /// How long an instance is the one that takes events to the log without saying so again.
    private static let lease: Duration = .seconds(10)
    static let identity = DatabaseIdentity.purpose("audit_relay")
    static let deadline: Duration = .seconds(10)

    /// How many batches leave in one step.
    static let pruneLimit = 64

    /// Whether there is anything to number.
    func hasNew() async throws -> Bool {
        let result = try await self.database.read(
            """
            SELECT EXISTS (
                SELECT FROM \(identifier: self.schema).audit_outbox
                WHERE ready_at IS NULL OR ready_at <= now()
            ) AS has_new
            """,
            as: Self.identity, deadline: .now + Self.deadline)
        return try result.rows.first?.get("has_new") ?? false
    }

    /// How many events are here, numbered or not, counted no further than a limit.
    func count(atMost limit: Int) async throws -> Int {
        let result = try await self.database.query(
            """
            SELECT least(\(limit), (
                SELECT count(*) FROM (
                    SELECT FROM \(identifier: self.schema).audit_outbox LIMIT \(limit)) AS new
            ) + (
                SELECT coalesce(sum(last_sequence - first_sequence + 1), 0)::bigint
                FROM \(identifier: self.schema).audit_batches
            )) AS count
            """,
            as: Self.identity, deadline: .now + .seconds(30))
        return try result.rows.first?.get("count") ?? 0
    }

    /// One step of the relay, in one transaction: removes what the log will never ask for again,
    /// numbers what is new, and reads what comes next.
    ///
    /// A sequence is committed before it is sent, and given in one transaction at a time: the row
    /// of the numbering is locked first.  Events that get numbers leave the outbox for one row that
    /// holds them all, which is what one call takes.  So the outbox has what is new and nothing
    /// else, and a step costs the same however much waits or was sent before.  Nothing is numbered
    /// while something numbered is not sent.
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
            p.holder = \(holder) AND p.epoch = \(known.epoch)
                AND p.last_sequence >= \(known.durable) AND NOT p.begins_epoch
            """
        let holding: SQL = """
            UPDATE \(identifier: self.schema).audit_producer
            SET holder = \(holder),
                held_until = now() + make_interval(secs => \(Self.lease / .seconds(1)))
            WHERE holder IS NOT DISTINCT FROM \(holder) OR held_until < now() OR \(self.isAlone)
            """
        let results = try await self.database.write(
            [
                // A plan that was made while little waited would read all that waits later on.
                "SELECT set_config('enable_seqscan', 'off', true)",
                holding, self.pruning(upTo: known.prunable, if: agrees), self.closing(if: agrees),
                self.numbering(after: known.durable, if: agrees),
                self.standing(holder, after: known.durable, if: agrees),
            ],
            as: Self.identity, deadline: .now + Self.deadline)
        return try results[results.count - 1].rows.first.map {
            try Numbering(row: $0, after: known.durable)
        }
    }

    /// Removes batches of which the log will never ask for anything again.
    private func pruning(upTo sequence: Int64, if agrees: SQL) -> SQL {
        """
        DELETE FROM \(identifier: self.schema).audit_batches
        WHERE last_sequence = ANY (ARRAY(
            SELECT b.last_sequence
            FROM \(identifier: self.schema).audit_producer p,
                \(identifier: self.schema).audit_batches b
            WHERE b.last_sequence <= \(sequence) AND \(fragment: agrees)
            ORDER BY b.last_sequence LIMIT \(Self.pruneLimit)))
        """
    }

    /// Lets nothing more be counted into events.
    ///
    /// It takes the rows' locks: whoever counts something up at this moment does it before, and it
    /// is sent, or finds that the event is closed.
    private func closing(if agrees: SQL) -> SQL {
        """
        UPDATE \(identifier: self.schema).audit_outbox SET ready_at = NULL
        WHERE ready_at <= now() AND EXISTS (
            SELECT FROM \(identifier: self.schema).audit_producer p WHERE \(fragment: agrees))
        """
    }

    /// Makes a batch of what is new, as much as one call takes, unless one is not sent yet.
    private func numbering(after durable: Int64, if agrees: SQL) -> SQL {
        """
        WITH taken AS (
            DELETE FROM \(identifier: self.schema).audit_outbox
            WHERE ctid = ANY (ARRAY(
                SELECT place FROM (
                    SELECT n.place, sum(n.byte_count) OVER (ORDER BY n.id) AS byte_count
                    FROM (
                        SELECT o.ctid AS place, o.id,
                            octet_length(o.event) + coalesce(octet_length(o.payload), 0)
                                AS byte_count
                        FROM \(identifier: self.schema).audit_outbox o
                        WHERE o.ready_at IS NULL AND EXISTS (
                            SELECT FROM \(identifier: self.schema).audit_producer p
                            WHERE \(fragment: agrees) AND NOT EXISTS (
                                SELECT FROM \(identifier: self.schema).audit_batches b
                                WHERE b.last_sequence > \(durable)))
                        ORDER BY o.id LIMIT \(AppendEntries.entryLimit)
                    ) AS n
                ) AS measured WHERE byte_count <= \(AppendEntries.byteCountLimit)))
            RETURNING id, event, payload, salt
        ), batch AS (
            INSERT INTO \(identifier: self.schema).audit_batches
                (first_sequence, last_sequence, ids, events, payloads, salts)
            SELECT p.last_sequence + 1, p.last_sequence + count(*), array_agg(t.id ORDER BY t.id),
                array_agg(t.event ORDER BY t.id), array_agg(t.payload ORDER BY t.id),
                array_agg(t.salt ORDER BY t.id)
            FROM taken t, \(identifier: self.schema).audit_producer p
            GROUP BY p.last_sequence
            RETURNING last_sequence
        )
        UPDATE \(identifier: self.schema).audit_producer p SET last_sequence = batch.last_sequence
        FROM batch
        """
    }

    /// How the numbering stands, and the batch that comes next.
    private func standing(_ holder: UUID, after durable: Int64, if agrees: SQL) -> SQL {
        """
        SELECT p.epoch, p.last_sequence, p.begins_epoch, (
                SELECT b.first_sequence FROM \(identifier: self.schema).audit_batches b
                ORDER BY b.last_sequence LIMIT 1
            ) AS first_kept, next.first_sequence, next.events, next.payloads, next.salts
        FROM \(identifier: self.schema).audit_producer p
        LEFT JOIN LATERAL (
            SELECT b.first_sequence, b.events, b.payloads, b.salts
            FROM \(identifier: self.schema).audit_batches b
            WHERE b.last_sequence > \(durable) AND \(fragment: agrees)
            ORDER BY b.last_sequence LIMIT 1
        ) AS next ON true
        WHERE p.holder = \(holder)
        """
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
    /// Does nothing if another instance takes events to the log by now, or has done it, nor before
    /// ``returnBatches(holder:)``, nor while no checkpoint covers all that the log has: what a log
    /// forgets could never be sent again.
    ///
    /// - Parameter position: how far the log has the numbering that ends.
    func beginEpoch(holder: UUID, after position: LogPosition, logEpoch: Int64) async throws {
        guard position.isCovered else { return }
        let isAsked: SQL = """
            begins_epoch AND holder = \(holder) AND epoch = \(position.epoch)
            """
        let lock: SQL = """
            SELECT FROM \(identifier: self.schema).audit_producer
            WHERE \(fragment: isAsked) FOR UPDATE
            """
        let beginning: SQL = """
            UPDATE \(identifier: self.schema).audit_producer
            SET epoch = \(logEpoch) + 1, last_sequence = 0, begins_epoch = false
            WHERE \(fragment: isAsked)
                AND NOT EXISTS (SELECT FROM \(identifier: self.schema).audit_batches)
            """
        _ = try await self.database.write(
            lock, beginning, as: Self.identity, deadline: .now + Self.deadline)
    }
}

extension RelayStore.Numbering {
    /// Reads how the numbering stands, and of the batch that comes next what one call takes.
    init(row: Row, after durable: Int64) throws {
        self.init(
            epoch: try row.get("epoch"), lastSequence: try row.get("last_sequence"),
            beginsEpoch: try row.get("begins_epoch"), firstKept: try row.get("first_kept"),
            entries: try Self.entries(row, after: durable))
    }

    /// The events of a batch behind a sequence, up to one that is not there or too many bytes.
    private static func entries(_ row: Row, after durable: Int64) throws -> [ProducedEntry] {
        guard let first = try row.get("first_sequence", as: Int64?.self) else { return [] }
        let events = try row.get("events", as: [Data?].self)
        let payloads = try row.get("payloads", as: [Data?].self)
        let salts = try row.get("salts", as: [Data?].self)
        guard payloads.count == events.count, salts.count == events.count else { return [] }
        var entries: [ProducedEntry] = []
        var byteCount = 0
        for place in events.indices where first + Int64(place) > durable {
            guard let event = events[place] else { break }
            byteCount += event.count + (payloads[place]?.count ?? 0)
            guard byteCount <= AppendEntries.byteCountLimit else { break }
            entries.append(
                ProducedEntry(
                    sequence: first + Int64(place), event: event, payload: payloads[place],
                    salt: salts[place]))
        }
        return entries
    }
}
