public import RPC

public import struct FoundationEssentials.UUID

/// Gives somebody a role whose permissions the caller holds too.
public struct GrantRole: UnaryMethod {
    /// Whose access.
    public var userID: UUID
    /// The role's name.
    public var role: String

    /// Asks for the change.
    public init(userID: UUID, role: String) {
        self.userID = userID
        self.role = role
    }

    /// The person after the change.
    public typealias Reply = User

    public static let contract = MethodContract(
        "identity.GrantRole",
        documentation: "Gives somebody a role whose permissions the caller holds too.",
        access: .permission("roles:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "role_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Whose access.",
        "role": "The role's name.",
    ]
}
