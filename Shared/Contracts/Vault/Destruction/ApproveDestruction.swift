public import RPC

public import struct FoundationEssentials.UUID

/// Approves, as a second person, what somebody else asked to destroy, and destroys it.
public struct ApproveDestruction: UnaryMethod {
    /// Which destruction.
    public var id: UUID

    /// Asks for it.
    public init(id: UUID) {
        self.id = id
    }

    public typealias Reply = Destruction

    public static let contract = MethodContract(
        "vault.ApproveDestruction",
        documentation: "Approves what somebody else asked to destroy, and destroys it.",
        access: .permission("vault:destroy"),
        repeatability: .idempotent,
        auditAction: "secret_destroyed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "id": "Which destruction."
    ]
}
