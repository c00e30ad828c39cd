public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// Which events of the log are meant: those that all of it applies to.
public struct AuditFilter: Codable, Hashable, Sendable, DocumentedFields {
    /// Only these actions; `nil` for all, at most 100.
    public var actions: [AuditAction]?
    /// Only these outcomes; `nil` for all.
    public var outcomes: [AuditOutcome]?
    /// Only what this person did.
    public var actorID: UUID?
    /// Only what was done to things of this kind.
    public var resourceType: String?
    /// Only what was done to this one; needs a resource type.
    public var resourceID: String?
    /// Only what was done in this session.
    public var sessionID: UUID?
    /// Only calls of this method.
    public var method: String?
    /// Only what this service recorded.
    public var producer: String?
    /// Only events from this time on.
    public var occurredAfter: Date?
    /// Only events before this time.
    public var occurredBefore: Date?

    /// Describes events; all of them without any field.
    public init(
        actions: [AuditAction]? = nil,
        outcomes: [AuditOutcome]? = nil,
        actorID: UUID? = nil,
        resourceType: String? = nil,
        resourceID: String? = nil,
        sessionID: UUID? = nil,
        method: String? = nil,
        producer: String? = nil,
        occurredAfter: Date? = nil,
        occurredBefore: Date? = nil
    ) {
        self.actions = actions
        self.outcomes = outcomes
        self.actorID = actorID
        self.resourceType = resourceType
        self.resourceID = resourceID
        self.sessionID = sessionID
        self.method = method
        self.producer = producer
        self.occurredAfter = occurredAfter
        self.occurredBefore = occurredBefore
    }

    public static let fieldDocumentation = [
        "actions": "Only these actions; absent for all, at most 100.",
        "outcomes": "Only these outcomes; absent for all.",
        "actorID": "Only what this person did.",
        "resourceType": "Only what was done to things of this kind.",
        "resourceID": "Only what was done to this one; needs a resource type.",
        "sessionID": "Only what was done in this session.",
        "method": "Only calls of this method.",
        "producer": "Only what this service recorded.",
        "occurredAfter": "Only events from this time on.",
        "occurredBefore": "Only events before this time.",
    ]
}
