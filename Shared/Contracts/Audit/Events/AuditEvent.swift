public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// What happened, without anything personal but pseudonyms: the part of an event that is hashed
/// into the log and stays for ever.
///
/// Everything personal is in the ``AuditPayload``, to which ``payloadCommitment`` binds it.
public struct AuditEvent: Codable, Hashable, Sendable, DocumentedFields {
    /// UUIDv7, made by the service that recorded it.
    public var id: UUID
    /// When, by the clock of the service that recorded it.
    public var occurredAt: Date
    /// What happened.
    public var action: AuditAction
    /// How it ended.
    public var outcome: AuditOutcome
    /// The person who did it; `nil` for a service, and for somebody unknown.
    public var actorID: UUID?
    /// The session in which it was done.
    public var sessionID: UUID?
    /// The method that was called, as in `identity.SignIn`.
    public var method: String?
    /// The process that called, as configuration names it: `conversations`, `uid 1000 operator`.
    public var peer: String?
    /// The kind of thing it was done to, such as `user` or `conversation`.
    public var resourceType: String?
    /// Which one: an id, or the name of something that is not personal, such as a role.
    public var resourceID: String?
    /// Why it was denied or failed, such as `rpc.permission_missing`.
    public var reason: String?
    /// The execution of a tool that it belongs to.
    public var toolExecutionID: UUID?
    /// The W3C trace id of the call.
    public var traceID: String?
    /// Whether sensitive data was touched.
    public var isSensitive: Bool
    /// How many times it happened, where alike denials are told as one; 1 otherwise.
    public var count: Int64
    /// SHA-256 over the salted payload; `nil` without one.
    public var payloadCommitment: Data?

    /// Describes an event.
    public init(
        id: UUID,
        occurredAt: Date,
        action: AuditAction,
        outcome: AuditOutcome = .succeeded,
        actorID: UUID? = nil,
        sessionID: UUID? = nil,
        method: String? = nil,
        peer: String? = nil,
        resourceType: String? = nil,
        resourceID: String? = nil,
        reason: String? = nil,
        toolExecutionID: UUID? = nil,
        traceID: String? = nil,
        isSensitive: Bool = false,
        count: Int64 = 1,
        payloadCommitment: Data? = nil
    ) {
        self.id = id
        self.occurredAt = occurredAt
        self.action = action
        self.outcome = outcome
        self.actorID = actorID
        self.sessionID = sessionID
        self.method = method
        self.peer = peer
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.reason = reason
        self.toolExecutionID = toolExecutionID
        self.traceID = traceID
        self.isSensitive = isSensitive
        self.count = count
        self.payloadCommitment = payloadCommitment
    }

    public static let fieldDocumentation = [
        "id": "UUIDv7, made by the service that recorded it.",
        "occurredAt": "When, by the clock of the service that recorded it.",
        "action": "What happened.",
        "outcome": "How it ended.",
        "actorID": "The person who did it; absent for a service, and for somebody unknown.",
        "sessionID": "The session in which it was done.",
        "method": "The method that was called.",
        "peer": "The process that called, as configuration names it.",
        "resourceType": "The kind of thing it was done to, such as user or conversation.",
        "resourceID": "Which one: an id, or a name that is not personal.",
        "reason": "Why it was denied or failed, such as rpc.permission_missing.",
        "toolExecutionID": "The execution of a tool that it belongs to.",
        "traceID": "The W3C trace id of the call.",
        "isSensitive": "Whether sensitive data was touched.",
        "count": "How many times it happened, where alike denials are told as one.",
        "payloadCommitment": "SHA-256 over the salted payload; absent without one.",
    ]
}
