package import Postgres
package import RPC

/// Where a service writes its audit events: a table of its own, in the transaction of the change
/// that an event is about.
///
///     let event = try audit.record(AuditFact(.roleChanged, of: role), in: context)
///     try await database.write(change, event, as: .purpose("administration"))
///
/// The ``AuditRelay`` numbers what is committed and takes it to the log.  The table is made by
/// ``migration(version:schema:role:owner:)``, ``batchMigration(version:schema:role:owner:)`` and
/// ``wholeBatchMigration(version:schema:role:)``.
package struct AuditOutbox: Sendable {
    /// About how many events wait.
    package let gauge: OutboxGauge

    let schema: String
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
    /// It may also stand behind `WITH`, in the statement that makes the change.
    ///
    /// - Parameters:
    ///   - context: the call; `nil` for what the service does by itself.
    ///   - condition: for a change that may turn out to be none: whether it was made.
    /// - Throws: `audit.outbox_full`, and then nothing may be done.
    package func record(
        _ fact: AuditFact, in context: CallContext?, if condition: SQL? = nil
    ) throws -> SQL {
        try self.gauge.take(fact.priority)
        let insert = try self.insert(StatedEvent(fact, source: self.source(context)))
        return condition.map { insert + " WHERE \(fragment: $0)" } ?? insert
    }

    /// Refuses unless the log has lately taken what there was: for what may not be done while
    /// nobody would see it there.  Of several instances only the one that takes events to the log
    /// hears from it.
    ///
    /// - Throws: `audit.log_away`.
    package func requireLog(within limit: Duration) throws(RPCError) {
        guard !self.gauge.isSilent(beyond: limit) else {
            throw .auditLogAway(self.gauge.silence)
        }
    }

    /// Records a fact in a transaction of its own, for what changes nothing here: a secret that is
    /// given out, a call that is refused.
    ///
    /// - Parameter deadline: until when it is tried; `nil` means as long as the call may take.
    /// - Throws: `audit.outbox_full` or what the database throws, and then nothing may be revealed.
    package func commit(
        _ fact: AuditFact, in context: CallContext?, to database: Database,
        deadline: ContinuousClock.Instant? = nil
    ) async throws {
        _ = try await database.write(
            try self.record(fact, in: context), as: .purpose(Self.recordPurpose),
            deadline: deadline ?? context?.deadline)
    }

    /// The purpose for which events are recorded on their own.
    static let recordPurpose = "audit"

    /// Writes an event down.
    ///
    /// - Parameter duration: how long the relay leaves it alone, so that it may be counted up.
    func insert(_ event: StatedEvent, openFor duration: Duration? = nil) throws -> SQL {
        let row = try event.row
        return """
            INSERT INTO \(identifier: self.schema).audit_outbox
                (id, event, payload, salt, ready_at)
            SELECT \(event.id), \(row.event), \(row.payload), \(row.salt),
                now() + make_interval(secs => \(duration.map { $0 / .seconds(1) }))
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
            WHERE id = \(event.id) AND ready_at IS NOT NULL
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

extension Peer {
    /// Who it is, without what differs from one connection to the next.
    var auditName: String {
        let names = self.names.sorted().joined(separator: "|")
        guard let uid = self.uid else { return names.isEmpty ? "unknown" : names }
        return names.isEmpty ? "uid \(uid)" : "uid \(uid) \(names)"
    }
}
