internal import AuditAPI
internal import AuditFormat
internal import RPC
internal import Sodium

internal import struct FoundationEssentials.Data
internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

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

    /// The longest names and identifiers in an event, in bytes: with all of them an event stays
    /// far below what the log takes.
    private static let textLimit = 400

    init(_ fact: AuditFact, source: EventSource) {
        self.id = .version7()
        self.event = AuditEvent(
            id: self.id,
            occurredAt: Date(),
            action: fact.action,
            outcome: fact.outcome,
            actorID: fact.actorID ?? source.actorID,
            sessionID: fact.sessionID ?? source.sessionID,
            method: source.method?.beginning(byteCount: Self.textLimit),
            peer: source.peer?.beginning(byteCount: Self.textLimit),
            resourceType: fact.resource?.type.beginning(byteCount: Self.textLimit),
            resourceID: fact.resource?.id?.beginning(byteCount: Self.textLimit),
            reason: fact.reason?.beginning(byteCount: Self.textLimit),
            toolExecutionID: fact.toolExecutionID,
            traceID: source.traceID?.beginning(byteCount: Self.textLimit),
            isSensitive: fact.isSensitive,
            count: fact.count)
        var payload = fact.payload
        payload.username = payload.username?.beginning(byteCount: Self.textLimit)
        payload.clientAddress = (payload.clientAddress ?? source.clientAddress)?
            .beginning(byteCount: Self.textLimit)
        payload.userAgent = (payload.userAgent ?? source.userAgent)?.beginning(byteCount: 1_024)
        payload.errorMessage = payload.errorMessage?.beginning(byteCount: 4_096)
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
            return payload
        }
    }
}

extension String {
    /// As many whole characters of Unicode from the beginning as fit into so many bytes of UTF-8.
    fileprivate func beginning(byteCount limit: Int) -> String {
        guard self.utf8.count > limit else { return self }
        var end = self.startIndex
        var byteCount = 0
        for scalar in self.unicodeScalars {
            byteCount += UTF8.width(scalar)
            guard byteCount <= limit else { break }
            end = self.unicodeScalars.index(after: end)
        }
        return String(self.unicodeScalars[..<end])
    }
}
