public import RPC

public import struct FoundationEssentials.UUID

/// Destroys the keys of a secret or one version: nobody can read it ever again, from no backup.
/// Where the secret asks for a second person it waits for one.
public struct DestroySecret: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// Which version; all of them, and the secret, if absent.
    public var version: Int64?
    /// Why; 1 to 1,000 characters.
    public var reason: String

    /// Asks for it.
    public init(secretID: UUID, version: Int64? = nil, reason: String) {
        self.secretID = secretID
        self.version = version
        self.reason = reason
    }

    public typealias Reply = Destruction

    public static let contract = MethodContract(
        "vault.DestroySecret",
        documentation: "Destroys the keys of a secret or one version, for ever.",
        access: .permission("vault:destroy"),
        repeatability: .idempotent,
        auditAction: "secret_destroyed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "version": "Which version; all of them, and the secret, if absent.",
        "reason": "Why; 1 to 1,000 characters.",
    ]
}
