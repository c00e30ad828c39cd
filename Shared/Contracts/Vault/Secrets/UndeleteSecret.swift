public import RPC

public import struct FoundationEssentials.UUID

/// Brings a deleted secret back.
public struct UndeleteSecret: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// Refuse if the secret has changed since this revision.
    public var expectedRevision: Int64?

    /// Asks for it.
    public init(secretID: UUID, expectedRevision: Int64? = nil) {
        self.secretID = secretID
        self.expectedRevision = expectedRevision
    }

    public typealias Reply = Secret

    public static let contract = MethodContract(
        "vault.UndeleteSecret",
        documentation: "Brings a deleted secret back.",
        access: .permission("vault:write"),
        repeatability: .idempotent,
        auditAction: "secret_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "expectedRevision": "Refuse if the secret has changed since this revision.",
    ]
}
