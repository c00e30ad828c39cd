internal import AuditAPI
internal import Postgres
internal import ServiceKit
internal import TransparencyLog

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Entries with all that must be stored along with them, in one transaction.
struct LogBatch: Sendable {
    /// The log before.
    let before: LogState
    /// The log after.
    let after: LogState
    /// The new entries in the order of the log.
    let entries: [CheckedEntry]
    /// The tiles that are new or have grown.
    let tiles: [Tile]
    /// How far the log has the events of those producers that have new ones.
    let producers: [String: ProducerState]
    var beginnings: [ProducerBeginning] = []
    var gaps: [ProducerGap] = []

    /// Appends the entries of a draft to a tree.
    ///
    /// - Throws: ``TileError/treeFull``.
    init(_ draft: BatchDraft, state: LogState, edge: inout RightEdge) throws {
        self.tiles = try edge.append(draft.entries.map(\.leafHash))
        self.before = state
        var after = state
        after.size += Int64(draft.entries.count)
        after.root = edge.root
        self.after = after
        self.entries = draft.entries
        self.producers = draft.producers.filter { draft.changedProducers.contains($0.key) }
        self.beginnings = draft.beginnings
        self.gaps = draft.gaps
    }

    /// Where the payloads go.
    var partitions: Set<PayloadPartition> {
        Set(self.entries.filter { $0.payload != nil }.map { PayloadPartition($0.columns) })
    }

    /// Everything, to be run as one transaction; the first statement locks the log.
    var statements: [SQL] {
        var statements: [SQL] = [
            """
            SELECT audit.advance_log(
                \(self.before.logEpoch), \(self.before.size), \(self.before.writerTerm),
                \(self.after.size), \(Data(self.after.root.bytes)))
            """
        ]
        statements += self.content
        return statements
    }

    /// Everything but the state of the log.
    var content: [SQL] {
        var statements = [
            self.entryInsertion, TileStore.write(self.tiles, logEpoch: self.after.logEpoch),
            self.producerUpdate,
        ]
        if self.entries.contains(where: { $0.payload != nil }) {
            statements.append(self.payloadInsertion)
        }
        if !self.beginnings.isEmpty { statements.append(self.beginningInsertion) }
        if !self.gaps.isEmpty { statements.append(self.gapInsertion) }
        if !self.erasedPersons.isEmpty { statements.append(self.erasureInsertion) }
        return statements
    }

    /// Where in the log the new entries begin.
    private var firstIndex: Int64 { self.after.size - Int64(self.entries.count) }

    private var entryInsertion: SQL {
        let columns = self.entries.map(\.columns)
        var sql: SQL = """
            INSERT INTO audit.entries (
                log_epoch, log_index, producer, epoch, sequence, entry, event_id, action, outcome,
                actor_id, session_id, method, resource_type, resource_id, reason,
                tool_execution_id, trace_id, is_sensitive, count, class, occurred_at)
            SELECT \(self.after.logEpoch), \(self.firstIndex) + a.place - 1, a.producer, a.epoch,
                a.sequence, a.entry, a.event_id, a.action, a.outcome, a.actor_id, a.session_id,
                a.method, a.resource_type, a.resource_id, a.reason, a.tool_execution_id,
                a.trace_id, a.is_sensitive, a.count, a.class, a.occurred_at
            """
        sql += " FROM unnest(\(self.entries.map(\.producer)), \(self.entries.map(\.epoch)), "
        sql += "\(self.entries.map(\.sequence)), \(self.entries.map(\.bytes)), "
        sql += "\(columns.map(\.eventID)), \(columns.map(\.action)), \(columns.map(\.outcome)), "
        sql += "\(columns.map(\.actorID)), \(columns.map(\.sessionID)), "
        sql += "\(columns.map(\.method)), \(columns.map(\.resourceType)), "
        sql += "\(columns.map(\.resourceID)), \(columns.map(\.reason)), "
        sql += "\(columns.map(\.toolExecutionID)), \(columns.map(\.traceID)), "
        sql += "\(columns.map(\.isSensitive)), \(columns.map(\.count)), "
        sql += "\(columns.map(\.auditClass)), \(columns.map(\.occurredAt))"
        sql += """
            ) WITH ORDINALITY AS a (
                producer, epoch, sequence, entry, event_id, action, outcome, actor_id, session_id,
                method, resource_type, resource_id, reason, tool_execution_id, trace_id,
                is_sensitive, count, class, occurred_at, place)
            """
        return sql
    }

    /// The people whom identity says it has erased.
    private var erasedPersons: [UUID] {
        let erased = self.entries.filter {
            $0.producer == "identity" && $0.columns.action == AuditAction.userErased.rawValue
                && $0.columns.outcome == AuditOutcome.succeeded.rawValue
        }
        return Array(Set(erased.compactMap(\.columns.subjectID)))
    }

    private var erasureInsertion: SQL {
        let people = self.erasedPersons
        return ErasureStore.follow(people, ids: people.map { _ in .version7() })
    }

    private var payloadInsertion: SQL {
        let first = self.firstIndex
        let rows = self.entries.enumerated().compactMap { offset, entry in
            entry.payload.map { (index: first + Int64(offset), entry: entry, payload: $0) }
        }
        let columns = rows.map(\.entry.columns)
        return """
            INSERT INTO audit.payloads (
                log_epoch, log_index, class, month, actor_id, subject_id, username, payload, salt)
            SELECT \(self.after.logEpoch), a.log_index, a.class,
                date_trunc('month', a.occurred_at AT TIME ZONE 'UTC')::date, a.actor_id,
                a.subject_id, a.username, a.payload, a.salt
            FROM unnest(
                \(rows.map(\.index)), \(columns.map(\.auditClass)), \(columns.map(\.occurredAt)),
                \(columns.map(\.actorID)), \(rows.map(\.payload.subjectID)),
                \(rows.map(\.payload.username)), \(rows.map(\.payload.bytes)),
                \(rows.map(\.payload.salt))
            ) AS a (log_index, class, occurred_at, actor_id, subject_id, username, payload, salt)
            """
    }

    private var producerUpdate: SQL {
        let rows = self.producers.sorted { $0.key < $1.key }
        let states = rows.map(\.value)
        return """
            INSERT INTO audit.producers AS p (
                producer, epoch, last_sequence, last_leaf_hash, accepts_gap)
            SELECT a.producer, a.epoch, a.last_sequence, a.last_leaf_hash, a.accepts_gap
            FROM unnest(
                \(rows.map(\.key)), \(states.map(\.epoch)), \(states.map(\.lastSequence)),
                \(states.map { Data($0.lastLeafHash.bytes) }), \(states.map(\.acceptsGap))
            ) AS a (producer, epoch, last_sequence, last_leaf_hash, accepts_gap)
            ON CONFLICT (producer) DO UPDATE SET epoch = excluded.epoch,
                last_sequence = excluded.last_sequence, last_leaf_hash = excluded.last_leaf_hash,
                checkpointed_sequence = CASE WHEN p.epoch = excluded.epoch
                    THEN p.checkpointed_sequence ELSE 0 END,
                accepts_gap = excluded.accepts_gap, last_seen_at = clock_timestamp()
            """
    }

    private var beginningInsertion: SQL {
        """
        INSERT INTO audit.producer_epochs (producer, epoch, log_epoch, log_index)
        SELECT a.producer, a.epoch, \(self.after.logEpoch), a.log_index
        FROM unnest(
            \(self.beginnings.map(\.producer)), \(self.beginnings.map(\.epoch)),
            \(self.beginnings.map(\.logIndex))
        ) AS a (producer, epoch, log_index)
        """
    }

    private var gapInsertion: SQL {
        """
        INSERT INTO audit.producer_gaps (
            producer, epoch, first_sequence, last_sequence, log_epoch, log_index)
        SELECT a.producer, a.epoch, a.first_sequence, a.last_sequence, \(self.after.logEpoch),
            a.log_index
        FROM unnest(
            \(self.gaps.map(\.producer)), \(self.gaps.map(\.epoch)),
            \(self.gaps.map(\.sequences.lowerBound)), \(self.gaps.map(\.sequences.upperBound)),
            \(self.gaps.map(\.logIndex))
        ) AS a (producer, epoch, first_sequence, last_sequence, log_index)
        """
    }
}
