public import RPC

public import struct FoundationEssentials.UUID

/// Removes a connection; its secret stays.
public struct DeleteConnection: UnaryMethod {
    /// Which connection.
    public var id: UUID
    /// Refuse if it has changed since this version.
    public var expectedVersion: Int64?

    /// Asks for it.
    public init(id: UUID, expectedVersion: Int64? = nil) {
        self.id = id
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "vault.DeleteConnection",
        documentation: "Removes a connection; its secret stays.",
        access: .permission("vault:manage"),
        repeatability: .idempotent,
        auditAction: "connection_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "id": "Which connection.",
        "expectedVersion": "Refuse if it has changed since this version.",
    ]
}
