public import RPC

public import struct FoundationEssentials.UUID

/// Gives one person a permission that the caller holds too.
public struct GrantPermission: UnaryMethod {
    /// Whose access.
    public var userID: UUID
    /// As resource:action.
    public var permission: String

    /// Asks for the change.
    public init(userID: UUID, permission: String) {
        self.userID = userID
        self.permission = permission
    }

    /// The person after the change.
    public typealias Reply = User

    public static let contract = MethodContract(
        "identity.GrantPermission",
        documentation: "Gives one person a permission that the caller holds too.",
        access: .permission("roles:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "permission_granted",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Whose access.",
        "permission": "As resource:action.",
    ]
}
