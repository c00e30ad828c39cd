public import RPC

/// Makes the next value of a secret and seals it; nothing is changed by it yet.
///
/// Offered by a service that the vault's operator has named, and called by the vault.  It may be
/// called again for the same version: after a failure, or because the vault was interrupted.
public struct MakeValue: UnaryMethod {
    /// For which version of which secret.
    public var task: RotationTask

    /// Asks for it.
    public init(task: RotationTask) {
        self.task = task
    }

    public typealias Reply = SealedSecretValue

    public static let contract = MethodContract(
        "rotation.MakeValue",
        documentation: "Makes the next value of a secret and seals it for the vault.",
        access: .peers(["vault"]),
        repeatability: .idempotent
    )

    public static let fieldDocumentation = [
        "task": "For which version of which secret."
    ]
}
