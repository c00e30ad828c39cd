import AuditAPI
import AuditFormat
import Foundation
import Logging
import Postgres
import ServiceKit

@testable import AuditService
@testable import RPC

/// People of tests.
enum Somebody {
    static let officer = UUID(uuidString: "0ffffff0-0000-7000-8000-000000000000")!
    static let ann = UUID(uuidString: "aaaaaaaa-0000-7000-8000-000000000000")!
    static let bob = UUID(uuidString: "bbbbbbbb-0000-7000-8000-000000000000")!
}

extension CallContext {
    /// A call as handlers get it.
    static func call(
        _ method: String = "audit.Test", by caller: UUID = Somebody.officer, key: String? = nil,
        peers: Set<String> = []
    ) -> CallContext {
        CallContext(
            method: method, peer: Peer(source: .inProcess, names: peers),
            caller: Caller(
                userID: caller, sessionID: caller,
                authenticatedAt: Date(timeIntervalSince1970: 0),
                expiresAt: Date(timeIntervalSince1970: 4_000_000_000)),
            deadline: .now + .seconds(60), idempotencyKey: key, attempt: 0, trace: nil,
            metadata: [:], token: nil, logger: .quiet)
    }
}

/// An event of somebody about somebody.
func event(
    _ sequence: Int64, _ action: AuditAction = .messagesExported, by actor: UUID? = nil,
    about subject: UUID? = nil, at time: Date = Date()
) throws -> ProducedEntry {
    let bytes = try AuditPayload(username: "name \(sequence)").canonicalBytes
    let salt = Data((0..<32).map { UInt8(truncatingIfNeeded: Int64($0) &+ sequence) })
    let event = AuditEvent(
        id: UUID.version7(), occurredAt: time, action: action, actorID: actor,
        resourceType: subject == nil ? nil : "user",
        resourceID: subject?.uuidString.lowercased(),
        payloadCommitment: AuditPayload.commitment(toBytes: bytes, salt: salt))
    return ProducedEntry(
        sequence: sequence, event: try event.canonicalBytes, payload: bytes, salt: salt)
}

/// A time as Postgres reads it.
func time(_ text: String) -> Date {
    let style = Date.ISO8601FormatStyle()
    // A test with a malformed time has nothing to say.
    return (try? style.parse(text)) ?? .distantPast
}

/// An event of the service itself.
struct OwnEvent: Sendable {
    let event: AuditEvent
    let payload: AuditPayload
}

extension TestSink {
    /// The handlers that the service has.
    var retention: RetentionHandlers {
        RetentionHandlers(store: RetentionStore(database: self.database), audit: self.outbox)
    }
    var erasures: ErasureHandlers {
        ErasureHandlers(
            store: ErasureStore(database: self.database), answers: self.answers, work: self.work)
    }
    var holds: HoldHandlers {
        HoldHandlers(
            store: HoldStore(database: self.database), answers: self.answers, audit: self.outbox,
            work: self.work)
    }
    var values: MetricValueHandlers {
        MetricValueHandlers(
            store: MetricValueStore(database: self.database), answers: self.answers)
    }
    var work: RetentionWork { self.service.retention }
    var answers: KeptAnswers { KeptAnswers(schema: "audit") }

    /// What the service has recorded and the log does not have yet, in order.
    func ownEvents() async throws -> [OwnEvent] {
        try await self.log.admin.query(
            "SELECT event, payload FROM audit.audit_outbox ORDER BY id", as: .nobody
        ).rows.map { row in
            OwnEvent(
                event: try AuditEvent(bytes: try row.get("event", as: Data.self)),
                payload: try row.get("payload", as: Data?.self).map {
                    try AuditPayload(bytes: $0)
                } ?? AuditPayload())
        }
    }

    /// Takes what the service has recorded to the log, as the relay does.
    func relayOwnEvents() async throws {
        let rows = try await self.log.admin.query(
            "SELECT event, payload, salt FROM audit.audit_outbox ORDER BY id", as: .nobody
        ).rows
        let known = try await self.append("audit", epoch: 1, []).durableSequence
        try await self.append(
            "audit", epoch: 1,
            try rows.enumerated().map { offset, row in
                ProducedEntry(
                    sequence: known + Int64(offset) + 1, event: try row.get("event"),
                    payload: try row.get("payload"), salt: try row.get("salt"))
            })
        try await self.log.tamper("DELETE FROM audit.audit_outbox")
    }

    /// How many payloads there are of which somebody is actor or subject.
    func payloadCount(of person: UUID) async throws -> Int64 {
        try await self.log.number(
            """
            SELECT count(*) FROM audit.payloads
            WHERE actor_id = \(person) OR subject_id = \(person)
            """)
    }
}
