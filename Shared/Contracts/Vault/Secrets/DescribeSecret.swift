public import RPC

public import struct FoundationEssentials.UUID

/// Reads what a secret says of itself, without its value.
public struct DescribeSecret: UnaryMethod {
    /// Which secret.
    public var secretID: UUID?
    /// Its name, instead of its id.
    public var name: String?
    /// The owner of the name; the caller if absent.
    public var ownerID: UUID?

    /// Asks for it.
    public init(secretID: UUID? = nil, name: String? = nil, ownerID: UUID? = nil) {
        self.secretID = secretID
        self.name = name
        self.ownerID = ownerID
    }

    public typealias Reply = Secret

    public static let contract = MethodContract(
        "vault.DescribeSecret",
        documentation: "Reads what a secret says of itself, without its value.",
        access: .any([
            .permission("vault:read"), .permission("vault:write"), .permission("vault:manage"),
        ]),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "secretID": "Which secret.",
        "name": "Its name, instead of its id.",
        "ownerID": "The owner of the name; the caller if absent.",
    ]
}
