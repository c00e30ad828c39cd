public import RPC

/// Destroys the key of an old epoch, once no data key is under it any more.
public struct DestroyEpoch: UnaryMethod {
    /// Which one; never the current one.
    public var epoch: Int64

    /// Asks for it.
    public init(epoch: Int64) {
        self.epoch = epoch
    }

    public typealias Reply = VaultStatus

    public static let contract = MethodContract(
        "vault.DestroyEpoch",
        documentation: "Destroys the key of an old epoch that no version needs any more.",
        access: .permission("vault:keys"),
        repeatability: .idempotent,
        auditAction: "key_rotated",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "epoch": "Which one; never the current one."
    ]
}
