public import RPC

public import struct FoundationEssentials.UUID

/// Shows one person's account.
public struct GetUser: UnaryMethod {
    /// Whose account.
    public var userID: UUID

    /// Asks for an account.
    public init(userID: UUID) { self.userID = userID }

    public typealias Reply = User

    public static let contract = MethodContract(
        "identity.GetUser",
        documentation: "Shows one person's account with roles and grants.",
        access: .permission("users:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation = ["userID": "Whose account."]
}
