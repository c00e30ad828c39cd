internal import AuditAPI
internal import AuditFormat
package import Postgres
package import RPC
internal import Sodium

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Where a service writes its audit events: a table of its own, in the transaction of the change
/// that an event is about.
///
///     let event = try audit.record(AuditFact(.roleChanged, of: role), in: context)
///     try await database.write(change, event, as: .purpose("administration"))
///
/// The ``AuditRelay`` numbers what is committed and takes it to the log.  The table is made by
/// ``migration(version:schema:role:)``.
package struct AuditOutbox: Sendable {
    /// About how many events wait.
    package let gauge: OutboxGauge

    private let schema: String
    private let gateways: Set<String>

    /// The key of call metadata in which a gateway tells the person's address.
    package static let addressKey = "client-address"
    /// The key of call metadata in which a gateway tells what the person's device calls itself.
    package static let userAgentKey = "user-agent"

    /// Writes to the table `audit_outbox` of a schema.
    ///
    /// - Parameter gateways: the peer names whose word on a person's address is believed.
    package init(schema: String, gauge: OutboxGauge, gateways: Set<String> = ["gateway"]) {
        self.schema = schema
        self.gauge = gauge
        self.gateways = gateways
    }

    /// The statement that records a fact, for the transaction of what it is about.
    ///
    /// - Parameter context: the call; `nil` for what the service does by itself.
    /// - Throws: `audit.outbox_full`, and then nothing may be done.
    package func record(_ fact: AuditFact, in context: CallContext?) throws -> SQL {
        try self.gauge.take(fact.priority)
        return try self.insert(StatedEvent(fact, source: self.source(context)))
    }

    /// Records a fact in a transaction of its own, for what changes nothing here: a secret that is
    /// given out, a call that is refused.
    ///
    /// - Throws: `audit.outbox_full` or what the database throws, and then nothing may be revealed.
    package func commit(
        _ fact: AuditFact, in context: CallContext?, to database: Database
    ) async throws {
        _ = try await database.write(
            try self.record(fact, in: context), as: .purpose(Self.recordPurpose),
            deadline: context?.deadline)
    }

    /// The purpose for which events are recorded on their own.
    static let recordPurpose = "audit"

    /// Writes an event down.
    ///
    /// - Parameter isOpen: whether it may still be counted up; the relay leaves it alone until
    ///   ``close``.
    func insert(_ event: StatedEvent, openFor duration: Duration? = nil) throws -> SQL {
        let row = try event.row
        return """
            INSERT INTO \(identifier: self.schema).audit_outbox
                (id, event, payload, salt, ready_at)
            VALUES (\(event.id), \(row.event), \(row.payload), \(row.salt),
                now() + make_interval(secs => \((duration ?? .zero) / .seconds(1))))
            """
    }

    /// Replaces an event that the relay has not taken yet.
    ///
    /// - Returns: a statement that affects no row if the relay was quicker.
    func replace(_ event: StatedEvent) throws -> SQL {
        let row = try event.row
        return """
            UPDATE \(identifier: self.schema).audit_outbox
            SET event = \(row.event), payload = \(row.payload), salt = \(row.salt)
            WHERE id = \(event.id) AND sequence IS NULL
            """
    }

    /// Who calls, as far as the call tells.
    func source(_ context: CallContext?) -> EventSource {
        guard let context else { return EventSource() }
        let isGateway = !context.peer.names.isDisjoint(with: self.gateways)
        return EventSource(
            method: context.method, peer: context.peer.auditName,
            actorID: context.caller?.userID, sessionID: context.caller?.sessionID,
            traceID: context.trace?.traceID,
            clientAddress: isGateway ? context.metadata[Self.addressKey] : nil,
            userAgent: isGateway ? context.metadata[Self.userAgentKey] : nil)
    }
}

/// Where a fact comes from.
struct EventSource: Sendable, Hashable {
    var method: String?
    var peer: String?
    var actorID: UUID?
    var sessionID: UUID?
    var traceID: String?
    var clientAddress: String?
    var userAgent: String?
}

/// A fact as an event that can be written down.
struct StatedEvent: Sendable {
    let id: UUID
    private var event: AuditEvent
    private let payload: AuditPayload

    /// The longest names and identifiers in an event, in characters.
    private static let textLimit = 200

    init(_ fact: AuditFact, source: EventSource) {
        self.id = .version7()
        self.event = AuditEvent(
            id: self.id,
            occurredAt: Date(),
            action: fact.action,
            outcome: fact.outcome,
            actorID: fact.actorID ?? source.actorID,
            sessionID: fact.sessionID ?? source.sessionID,
            method: source.method,
            peer: source.peer,
            resourceType: fact.resource?.type,
            resourceID: (fact.resource?.id?.prefix(Self.textLimit)).map(String.init),
            reason: fact.reason,
            toolExecutionID: fact.toolExecutionID,
            traceID: source.traceID,
            isSensitive: fact.isSensitive,
            count: fact.count)
        var payload = fact.payload
        payload.clientAddress = payload.clientAddress ?? source.clientAddress
        payload.userAgent = payload.userAgent ?? (source.userAgent?.prefix(512)).map(String.init)
        self.payload = payload
    }

    /// How many times it happened.
    var count: Int64 {
        get { self.event.count }
        set { self.event.count = newValue }
    }

    /// What is stored.
    var row: (event: Data, payload: Data?, salt: Data?) {
        get throws {
            guard !self.payload.isEmpty else { return (try self.event.canonicalBytes, nil, nil) }
            let bytes = try self.boundedPayload.canonicalBytes
            let salt = Data(Sodium.randomBytes(AuditPayload.saltByteCount))
            var event = self.event
            event.payloadCommitment = AuditPayload.commitment(toBytes: bytes, salt: salt)
            return (try event.canonicalBytes, bytes, salt)
        }
    }

    /// A payload that is too large says so instead: an event is never refused for what it tells.
    private var boundedPayload: AuditPayload {
        get throws {
            let limit = ProducedEntry.payloadByteCountLimit
            guard try self.payload.canonicalBytes.count > limit else { return self.payload }
            var payload = self.payload
            payload.details = .object(["truncated": .boolean(true)])
            payload.changes = nil
            payload.errorMessage = (payload.errorMessage?.prefix(1_000)).map(String.init)
            return payload
        }
    }
}

extension Peer {
    /// Who it is, without what differs from one connection to the next.
    var auditName: String {
        let names = self.names.sorted().joined(separator: "|")
        guard let uid = self.uid else { return names.isEmpty ? "unknown" : names }
        return names.isEmpty ? "uid \(uid)" : "uid \(uid) \(names)"
    }
}
