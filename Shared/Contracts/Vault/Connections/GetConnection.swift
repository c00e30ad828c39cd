public import RPC

public import struct FoundationEssentials.UUID

/// Reads a connection, by id or name.
public struct GetConnection: UnaryMethod {
    /// Which connection.
    public var id: UUID?
    /// Its name, instead of its id.
    public var name: String?

    /// Asks for it.
    public init(id: UUID? = nil, name: String? = nil) {
        self.id = id
        self.name = name
    }

    public typealias Reply = Connection

    public static let contract = MethodContract(
        "vault.GetConnection",
        documentation: "Reads a connection, by id or name.",
        access: .any([
            .permission("vault:read"), .permission("vault:write"), .permission("vault:manage"),
        ]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "id": "Which connection.",
        "name": "Its name, instead of its id.",
    ]
}
