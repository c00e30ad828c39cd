public import RPC

/// Brings the pending value of a secret into use, beside the current one where that is possible.
///
/// Offered by a service that the vault's operator has named, and called by the vault.  It may be
/// called again for the same version: after a failure, or because the vault was interrupted.
public struct SetValue: UnaryMethod {
    /// For which version of which secret.
    public var task: RotationTask

    /// Asks for it.
    public init(task: RotationTask) {
        self.task = task
    }

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "rotation.SetValue",
        documentation: "Brings the pending value of a secret into use.",
        access: .peers(["vault"]),
        repeatability: .idempotent
    )

    public static let fieldDocumentation = [
        "task": "For which version of which secret."
    ]
}
