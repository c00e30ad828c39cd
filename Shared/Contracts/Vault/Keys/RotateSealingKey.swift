public import RPC

/// Begins a new epoch of the sealing key; all data keys are then moved to it in the background.
public struct RotateSealingKey: UnaryMethod {
    /// The epoch that is current now; nothing happens if it is not any more.
    public var expectedEpoch: Int64

    /// Asks for it.
    public init(expectedEpoch: Int64) {
        self.expectedEpoch = expectedEpoch
    }

    public typealias Reply = RewrapProgress

    public static let contract = MethodContract(
        "vault.RotateSealingKey",
        documentation: "Begins a new epoch of the sealing key, and moves all data keys to it.",
        access: .permission("vault:keys"),
        repeatability: .idempotent,
        auditAction: "key_rotated",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "expectedEpoch": "The epoch that is current now; nothing happens if it is not any more."
    ]
}
