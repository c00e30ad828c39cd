public import RPC

public import struct FoundationEssentials.UUID

/// Deletes a secret; it can be brought back until it is destroyed.
public struct DeleteSecret: UnaryMethod {
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
        "vault.DeleteSecret",
        documentation: "Deletes a secret, which can be brought back.",
        access: .permission("vault:write"),
        repeatability: .idempotent,
        auditAction: "secret_deleted",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "expectedRevision": "Refuse if the secret has changed since this revision.",
    ]
}
