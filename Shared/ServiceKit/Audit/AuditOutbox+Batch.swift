package import Postgres
package import RPC

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.UUID

/// An event that has found room in the outbox, to be written together with those of other calls.
package struct AdmittedEvent: Sendable {
    let event: StatedEvent
    /// The process that calls.
    package let peer: String?
    /// The person's address, as a gateway tells it.
    package let clientAddress: String?
    /// What the person's device calls itself, as a gateway tells it.
    package let userAgent: String?
}

extension AuditOutbox {
    /// States a fact for ``record(_:)``, so that many calls share one commit.
    ///
    /// - Throws: `audit.outbox_full`, and then nothing may be done.
    package func admit(_ fact: AuditFact, in context: CallContext?) throws -> AdmittedEvent {
        try self.gauge.take(fact.priority)
        let source = self.source(context)
        return AdmittedEvent(
            event: StatedEvent(fact, source: source), peer: source.peer,
            clientAddress: source.clientAddress, userAgent: source.userAgent)
    }

    /// The statement that records events, for the transaction of what they are about.
    package func record(_ events: [AdmittedEvent]) throws -> SQL {
        var ids: [UUID] = []
        var bytes: [Data] = []
        var payloads: [Data?] = []
        var salts: [Data?] = []
        for admitted in events {
            let row = try admitted.event.row
            ids.append(admitted.event.id)
            bytes.append(row.event)
            payloads.append(row.payload)
            salts.append(row.salt)
        }
        return """
            INSERT INTO \(identifier: self.schema).audit_outbox
                (id, event, payload, salt)
            SELECT e.id, e.event, e.payload, e.salt
            FROM unnest(\(ids), \(bytes), \(payloads), \(salts))
                AS e (id, event, payload, salt)
            """
    }
}
