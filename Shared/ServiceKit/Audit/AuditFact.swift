package import AuditAPI

package import struct FoundationEssentials.UUID

/// What a handler says of something it does; the ``AuditOutbox`` adds who called, how and when.
package struct AuditFact: Sendable, Hashable {
    /// What happened.
    package var action: AuditAction
    /// How it ended.
    package var outcome: AuditOutcome
    /// What it was done to.
    package var resource: AuditResource?
    /// Why it was denied or failed, such as `rpc.permission_missing`.
    package var reason: String?
    /// Who did it, where the call's token does not say: at sign-in.
    package var actorID: UUID?
    /// The session, where the call's token does not say.
    package var sessionID: UUID?
    /// The execution of a tool that it belongs to.
    package var toolExecutionID: UUID?
    /// Whether sensitive data was touched.
    package var isSensitive: Bool
    /// How many times it happened.
    package var count: Int64
    /// What may be personal: never a secret, never what a message says.
    package var payload: AuditPayload
    /// What gives way when the outbox runs full.
    package var priority: AuditPriority

    /// States a fact.
    package init(
        _ action: AuditAction,
        outcome: AuditOutcome = .succeeded,
        of resource: AuditResource? = nil,
        reason: String? = nil,
        actorID: UUID? = nil,
        sessionID: UUID? = nil,
        toolExecutionID: UUID? = nil,
        isSensitive: Bool = false,
        count: Int64 = 1,
        payload: AuditPayload = AuditPayload(),
        priority: AuditPriority = .ordinary
    ) {
        self.action = action
        self.outcome = outcome
        self.resource = resource
        self.reason = reason
        self.actorID = actorID
        self.sessionID = sessionID
        self.toolExecutionID = toolExecutionID
        self.isSensitive = isSensitive
        self.count = count
        self.payload = payload
        self.priority = priority
    }
}

/// What something was done to.
package struct AuditResource: Sendable, Hashable {
    /// The kind of thing, such as `user`.
    package let type: String
    /// Which one: an id, or a name that is not personal.
    package let id: String?

    /// Names a thing.
    package init(_ type: String, _ id: String? = nil) {
        self.type = type
        self.id = id
    }

    /// Names a thing by its id.
    package init(_ type: String, _ id: UUID) {
        self.init(type, id.uuidString.lowercased())
    }
}

/// Which events still find room in an outbox that runs full because the log cannot be reached.
package enum AuditPriority: Sendable, Hashable {
    /// Refused calls: half the outbox, so that nobody fills it by knocking.
    case denial
    /// What known callers do: nine tenths.
    case ordinary
    /// What ends a danger, such as revoking a session: all of it.
    case repair
}
