public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// An event of the log as it is read: what is hashed for ever, what is personal and may be gone,
/// and where it stands.
public struct AuditRecord: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7, made by the service that recorded it.
    public var id: UUID
    /// When, by the clock of the service that recorded it.
    public var occurredAt: Date
    /// When the log took it, by the log's clock; as ``occurredAt`` for entries from before the log
    /// hashed it.
    public var receivedAt: Date
    /// What happened.
    public var action: AuditAction
    /// How it ended.
    public var outcome: AuditOutcome
    /// The person who did it; `nil` for a service, and for somebody unknown.
    public var actorID: UUID?
    /// The actor's name at that time, as the payload says, or else as the log knew it then.
    public var username: String?
    /// The session in which it was done.
    public var sessionID: UUID?
    /// The IP address of the actor's device; part of the payload.
    public var clientAddress: String?
    /// What the actor's device calls itself; part of the payload.
    public var userAgent: String?
    /// The method that was called.
    public var method: String?
    /// The process that called, as configuration names it.
    public var peer: String?
    /// The kind of thing it was done to, such as user or conversation.
    public var resourceType: String?
    /// Which one: an id, or a name that is not personal.
    public var resourceID: String?
    /// Why it was denied or failed, such as rpc.permission_missing.
    public var reason: String?
    /// What the caller was told, where it did not work; part of the payload.
    public var errorMessage: String?
    /// Further facts; part of the payload.
    public var details: JSONValue?
    /// For each changed field its value before and after; part of the payload.
    public var changes: JSONValue?
    /// The execution of a tool that it belongs to.
    public var toolExecutionID: UUID?
    /// The W3C trace id of the call.
    public var traceID: String?
    /// Whether sensitive data was touched.
    public var isSensitive: Bool
    /// How many times it happened, where alike denials are told as one.
    public var count: Int64
    /// The class whose retention applies.
    public var auditClass: AuditClass
    /// How many days its payload is kept unless a hold keeps it longer.
    public var retentionDays: Int64
    /// What has become of its payload: present, none, erased or expired.
    public var payloadState: AuditPayloadState
    /// The service that recorded it.
    public var producer: String
    /// Which epoch of the log it is in, from 1.
    public var logEpoch: Int64
    /// Its place in that epoch of the log, from 0.
    public var logIndex: Int64

    /// Describes an event.
    public init(
        id: UUID,
        occurredAt: Date,
        receivedAt: Date,
        action: AuditAction,
        outcome: AuditOutcome = .succeeded,
        actorID: UUID? = nil,
        username: String? = nil,
        sessionID: UUID? = nil,
        clientAddress: String? = nil,
        userAgent: String? = nil,
        method: String? = nil,
        peer: String? = nil,
        resourceType: String? = nil,
        resourceID: String? = nil,
        reason: String? = nil,
        errorMessage: String? = nil,
        details: JSONValue? = nil,
        changes: JSONValue? = nil,
        toolExecutionID: UUID? = nil,
        traceID: String? = nil,
        isSensitive: Bool = false,
        count: Int64 = 1,
        auditClass: AuditClass,
        retentionDays: Int64,
        payloadState: AuditPayloadState,
        producer: String,
        logEpoch: Int64,
        logIndex: Int64
    ) {
        self.id = id
        self.occurredAt = occurredAt
        self.receivedAt = receivedAt
        self.action = action
        self.outcome = outcome
        self.actorID = actorID
        self.username = username
        self.sessionID = sessionID
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.method = method
        self.peer = peer
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.reason = reason
        self.errorMessage = errorMessage
        self.details = details
        self.changes = changes
        self.toolExecutionID = toolExecutionID
        self.traceID = traceID
        self.isSensitive = isSensitive
        self.count = count
        self.auditClass = auditClass
        self.retentionDays = retentionDays
        self.payloadState = payloadState
        self.producer = producer
        self.logEpoch = logEpoch
        self.logIndex = logIndex
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7, made by the service that recorded it.",
        "occurredAt": "When, by the clock of the service that recorded it.",
        "receivedAt": "When the log took it, by the log's clock; as occurredAt for the oldest.",
        "action": "What happened.",
        "outcome": "How it ended.",
        "actorID": "The person who did it; absent for a service, and for somebody unknown.",
        "username": "The actor's name then: as the payload says, or else as the log knew it.",
        "sessionID": "The session in which it was done.",
        "clientAddress": "The IP address of the actor's device; part of the payload.",
        "userAgent": "What the actor's device calls itself; part of the payload.",
        "method": "The method that was called.",
        "peer": "The process that called, as configuration names it.",
        "resourceType": "The kind of thing it was done to, such as user or conversation.",
        "resourceID": "Which one: an id, or a name that is not personal.",
        "reason": "Why it was denied or failed, such as rpc.permission_missing.",
        "errorMessage": "What the caller was told, where it did not work; part of the payload.",
        "details": "Further facts; part of the payload.",
        "changes": "For each changed field its value before and after; part of the payload.",
        "toolExecutionID": "The execution of a tool that it belongs to.",
        "traceID": "The W3C trace id of the call.",
        "isSensitive": "Whether sensitive data was touched.",
        "count": "How many times it happened, where alike denials are told as one.",
        "auditClass": "The class whose retention applies.",
        "retentionDays": "How many days its payload is kept unless a hold keeps it longer.",
        "payloadState": "What has become of its payload: present, none, erased or expired.",
        "producer": "The service that recorded it.",
        "logEpoch": "Which epoch of the log it is in, from 1.",
        "logIndex": "Its place in that epoch of the log, from 0.",
    ]
}
