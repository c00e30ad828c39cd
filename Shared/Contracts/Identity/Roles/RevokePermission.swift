public import RPC

public import struct FoundationEssentials.UUID

/// Takes a permission from one person that was granted to them alone.
public struct RevokePermission: UnaryMethod {
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
        "identity.RevokePermission",
        documentation: "Takes a permission from one person that was granted to them alone.",
        access: .permission("roles:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "permission_revoked",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Whose access.",
        "permission": "As resource:action.",
    ]
}
