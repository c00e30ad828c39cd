public import RPC

/// Tries the pending value of a secret: afterwards the vault makes it current.
///
/// Offered by a service that the vault's operator has named, and called by the vault.  It may be
/// called again for the same version: after a failure, or because the vault was interrupted.
public struct ConfirmValue: UnaryMethod {
    /// For which version of which secret.
    public var task: RotationTask

    /// Asks for it.
    public init(task: RotationTask) {
        self.task = task
    }

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "rotation.ConfirmValue",
        documentation: "Tries the pending value of a secret before it becomes current.",
        access: .peers(["vault"]),
        repeatability: .idempotent
    )

    public static let fieldDocumentation = [
        "task": "For which version of which secret."
    ]
}
