internal import AuditAPI
internal import AuditFormat
internal import Postgres
internal import RPC

internal import struct FoundationEssentials.Data

/// A record with what a page is cut by.
struct StoredRecord: RowDecodable, Sendable {
    let record: AuditRecord
    /// Where a page ends whose last record this is.
    let position: SearchPosition
    /// About how many CBOR items it takes.
    let itemCount: Int

    /// The columns that a row is read from, of `e`, its payload `p`, and the name `n`.
    static let columns: SQL = """
        e.log_epoch, e.log_index, e.entry, e.occurred_at, p.payload,
        coalesce(p.username, n.username) AS username,
        audit.retention_days(e.class, now()) AS retention_days,
        CASE WHEN p.payload IS NULL THEN audit.payload_removal(
            e.log_epoch, e.log_index, e.class,
            date_trunc('month', e.occurred_at AT TIME ZONE 'UTC')::date) END AS removal,
        (extract(epoch FROM e.occurred_at) * 1000000)::bigint AS microseconds
        """

    /// What ``columns`` need beside `e`: the payload, and the name that the actor had by then.
    static let joins: SQL = """
        \(fragment: EntryStore.payloadJoin)
        LEFT JOIN LATERAL (
            SELECT n.username FROM audit.person_names AS n
            WHERE p.username IS NULL AND n.user_id = e.actor_id
                AND (n.log_epoch, n.log_index) <= (e.log_epoch, e.log_index)
            ORDER BY n.log_epoch DESC, n.log_index DESC LIMIT 1) AS n ON true
        """

    /// Items of details and changes together beyond which a reply says that there are too many.
    private static let itemCountLimit = 60_000

    init(row: Row) throws {
        let (logEpoch, logIndex): (Int64, Int64) = (
            try row.get("log_epoch"), try row.get("log_index")
        )
        let entry: LogEntry
        let event: AuditEvent
        var payload = AuditPayload()
        let stored = try row.get("payload", as: Data?.self)
        do {
            entry = try LogEntry(canonicalBytes: try row.get("entry"))
            event = try AuditEvent(bytes: entry.event)
            if let stored { payload = try AuditPayload(bytes: stored) }
        } catch {
            throw RPCError.entryUnreadable(logEpoch: logEpoch, logIndex: logIndex)
        }
        var itemCount = [payload.details, payload.changes].compactMap { $0?.itemCount }
            .reduce(60, +)
        if itemCount > Self.itemCountLimit {
            payload.details = .object(["truncated": .boolean(true)])
            payload.changes = nil
            itemCount = 63
        }
        let auditClass = event.action.auditClass
        let removal = try row.get("removal", as: String?.self)
        let state: AuditPayloadState =
            event.payloadCommitment == nil
            ? .none
            : stored != nil
                ? .present : removal.map { AuditPayloadState(rawValue: $0) } ?? .missing
        // What was erased or has expired is not told again from elsewhere.
        let tellsName = state == .present || state == .none
        self.record = AuditRecord(
            id: event.id, occurredAt: event.occurredAt,
            receivedAt: entry.receivedAt ?? event.occurredAt,
            action: event.action, outcome: event.outcome, actorID: event.actorID,
            username: tellsName ? try payload.username ?? row.get("username") : nil,
            sessionID: event.sessionID, clientAddress: payload.clientAddress,
            userAgent: payload.userAgent, method: event.method, peer: event.peer,
            resourceType: event.resourceType, resourceID: event.resourceID,
            reason: event.reason, errorMessage: payload.errorMessage, details: payload.details,
            changes: payload.changes, toolExecutionID: event.toolExecutionID,
            traceID: event.traceID, isSensitive: event.isSensitive, count: event.count,
            auditClass: auditClass,
            retentionDays: Int64(try row.get("retention_days", as: Int32.self)),
            payloadState: state, producer: entry.producer, logEpoch: logEpoch,
            logIndex: logIndex)
        self.position = SearchPosition(
            microseconds: try row.get("microseconds"), logEpoch: logEpoch, logIndex: logIndex)
        self.itemCount = itemCount
    }
}

extension JSONValue {
    /// Values and names, all levels.
    var itemCount: Int {
        switch self {
        case .array(let values): values.reduce(1) { $0 + $1.itemCount }
        case .object(let members): members.values.reduce(1) { $0 + 1 + $1.itemCount }
        case .null, .boolean, .integer, .number, .string: 1
        }
    }
}
