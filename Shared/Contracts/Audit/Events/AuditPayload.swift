public import RPC

/// What may be personal about an event.  It is kept apart from the ``AuditEvent`` and can be erased
/// without breaking any proof.  Never carries secrets or what messages say.
public struct AuditPayload: Codable, Hashable, Sendable, DocumentedFields {
    /// The actor's name at that time.
    public var username: String?
    /// The IP address of the actor's device.
    public var clientAddress: String?
    /// What the actor's device calls itself.
    public var userAgent: String?
    /// Further facts.
    public var details: JSONValue?
    /// What changed: for each field its value before and after, as `{"field": [before, after]}`.
    public var changes: JSONValue?
    /// What the caller was told, where it did not work.
    public var errorMessage: String?

    /// Describes a payload.
    public init(
        username: String? = nil,
        clientAddress: String? = nil,
        userAgent: String? = nil,
        details: JSONValue? = nil,
        changes: JSONValue? = nil,
        errorMessage: String? = nil
    ) {
        self.username = username
        self.clientAddress = clientAddress
        self.userAgent = userAgent
        self.details = details
        self.changes = changes
        self.errorMessage = errorMessage
    }

    /// Whether it says nothing.
    public var isEmpty: Bool { self == AuditPayload() }

    public static let fieldDocumentation = [
        "username": "The actor's name at that time.",
        "clientAddress": "The IP address of the actor's device.",
        "userAgent": "What the actor's device calls itself.",
        "details": "Further facts.",
        "changes": "For each changed field its value before and after.",
        "errorMessage": "What the caller was told, where it did not work.",
    ]
}
