public import RPC

public import struct FoundationEssentials.UUID

/// Makes a version current (which makes the current one previous) or pending, or takes the label
/// pending away: promoting and rolling back.
public struct MoveSecretLabel: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// current or pending.
    public var label: SecretLabel
    /// Which version gets it; absent takes pending away.
    public var version: Int64?
    /// Refuse if the secret has changed since this revision.
    public var expectedRevision: Int64?

    /// Asks for it.
    public init(
        secretID: UUID, label: SecretLabel, version: Int64? = nil, expectedRevision: Int64? = nil
    ) {
        self.secretID = secretID
        self.label = label
        self.version = version
        self.expectedRevision = expectedRevision
    }

    public typealias Reply = Secret

    public static let contract = MethodContract(
        "vault.MoveSecretLabel",
        documentation: "Makes a version of a secret current or pending.",
        access: .permission("vault:write"),
        repeatability: .idempotent,
        auditAction: "secret_rotated",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "label": "current or pending.",
        "version": "Which version gets it; absent takes pending away.",
        "expectedRevision": "Refuse if the secret has changed since this revision.",
    ]
}
