public import RPC

public import struct FoundationEssentials.UUID

/// Brings a deleted version back.
public struct UndeleteSecretVersion: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// Which version.
    public var version: Int64
    /// Refuse if the secret has changed since this revision.
    public var expectedRevision: Int64?

    /// Asks for it.
    public init(secretID: UUID, version: Int64, expectedRevision: Int64? = nil) {
        self.secretID = secretID
        self.version = version
        self.expectedRevision = expectedRevision
    }

    public typealias Reply = Secret

    public static let contract = MethodContract(
        "vault.UndeleteSecretVersion",
        documentation: "Brings a deleted version back.",
        access: .permission("vault:write"),
        repeatability: .idempotent,
        auditAction: "secret_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "version": "Which version.",
        "expectedRevision": "Refuse if the secret has changed since this revision.",
    ]
}
