public import RPC

public import struct FoundationEssentials.UUID

/// Gives a secret of the method random, hook or peer its next value now.
///
/// With hook and peer the call takes as long as they do; a rotation that was interrupted goes on.
public struct RotateSecret: UnaryMethod {
    /// Which secret.
    public var secretID: UUID
    /// The latest version as the caller knows it; nothing happens if there is a later one, unless
    /// that waits to become current.
    public var expectedVersion: Int64
    /// Why, at most 500 characters.
    public var reason: String?

    /// Asks for it.
    public init(secretID: UUID, expectedVersion: Int64, reason: String? = nil) {
        self.secretID = secretID
        self.expectedVersion = expectedVersion
        self.reason = reason
    }

    public typealias Reply = Secret

    public static let contract = MethodContract(
        "vault.RotateSecret",
        documentation: "Gives a secret its next value now, made by the vault, a hook or a peer.",
        access: .permission("vault:write"),
        repeatability: .idempotent,
        auditAction: "secret_rotated",
        unknownFields: .reject,
        defaultTimeout: .seconds(300)
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "expectedVersion":
            "The latest version as the caller knows it; nothing happens if there is a later "
            + "one, unless that waits to become current.",
        "reason": "Why, at most 500 characters.",
    ]
}
