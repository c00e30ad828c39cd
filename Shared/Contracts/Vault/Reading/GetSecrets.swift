public import RPC

public import struct FoundationEssentials.Data
public import struct FoundationEssentials.UUID

/// Releases several versions at once; each has an outcome of its own.
public struct GetSecrets: UnaryMethod {
    /// 1 to 64.
    public var items: [SecretReference]
    /// An X25519 public key made for this call, 32 bytes.
    public var readerKey: Data
    /// 16 random bytes of the reader; the answer repeats them.
    public var requestID: Data
    /// The tool it is for.
    public var toolID: UUID?
    /// What it is for, at most 500 characters.
    public var purpose: String?

    /// Asks for it.
    public init(
        items: [SecretReference], readerKey: Data, requestID: Data, toolID: UUID? = nil,
        purpose: String? = nil
    ) {
        self.items = items
        self.readerKey = readerKey
        self.requestID = requestID
        self.toolID = toolID
        self.purpose = purpose
    }

    public typealias Reply = SecretReleases

    public static let contract = MethodContract(
        "vault.GetSecrets",
        documentation: "Releases several versions at once; each has an outcome of its own.",
        access: .all([
            .peers([
                "operator", "gateway", "conversations", "tools", "retrieval", "workspace",
            ]), .tokenFor("vault"), .permission("vault:read"),
        ]),
        repeatability: .readOnly,
        auditAction: "secret_read",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "items": "1 to 64.",
        "readerKey": "An X25519 public key made for this call, 32 bytes.",
        "requestID": "16 random bytes of the reader; the answer repeats them.",
        "toolID": "The tool it is for.",
        "purpose": "What it is for, at most 500 characters.",
    ]
}

/// Which version of which secret.
public struct SecretReference: Codable, Hashable, Sendable, DocumentedFields {
    /// Which secret.
    public var secretID: UUID?
    /// Its name, instead of its id.
    public var name: String?
    /// The owner of the name; the caller if absent.
    public var ownerID: UUID?
    /// Which version; by label if absent.
    public var version: Int64?
    /// current, previous or pending; current if absent.
    public var label: SecretLabel?

    /// Describes one.
    public init(
        secretID: UUID? = nil, name: String? = nil, ownerID: UUID? = nil, version: Int64? = nil,
        label: SecretLabel? = nil
    ) {
        self.secretID = secretID
        self.name = name
        self.ownerID = ownerID
        self.version = version
        self.label = label
    }

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "name": "Its name, instead of its id.",
        "ownerID": "The owner of the name; the caller if absent.",
        "version": "Which version; by label if absent.",
        "label": "current, previous or pending; current if absent.",
    ]
}

/// Several outcomes.
public struct SecretReleases: Codable, Hashable, Sendable, DocumentedFields {
    /// In the order in which they were asked for.
    public var outcomes: [ReleaseOutcome]

    /// Describes one.
    public init(outcomes: [ReleaseOutcome]) {
        self.outcomes = outcomes
    }

    public static let fieldDocumentation = [
        "outcomes": "In the order in which they were asked for."
    ]
}

/// What became of one of several.
public struct ReleaseOutcome: Codable, Hashable, Sendable, DocumentedFields {
    /// The version, if it was released.
    public var released: SecretRelease?
    /// Why it was not, such as vault.secret_unavailable.
    public var reason: String?
    /// The same for people.
    public var message: String?

    /// Describes one.
    public init(released: SecretRelease? = nil, reason: String? = nil, message: String? = nil) {
        self.released = released
        self.reason = reason
        self.message = message
    }

    public static let fieldDocumentation = [
        "released": "The version, if it was released.",
        "reason": "Why it was not, such as vault.secret_unavailable.",
        "message": "The same for people.",
    ]
}
