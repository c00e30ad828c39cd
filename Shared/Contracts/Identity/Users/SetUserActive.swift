public import RPC

public import struct FoundationEssentials.UUID

/// Disables an account, which ends its sessions at once, or enables it again.
///
/// Nobody can disable somebody who holds a permission they lack, and the last active person who
/// holds every permission stays active.
public struct SetUserActive: UnaryMethod {
    /// Whose account.
    public var userID: UUID
    /// Whether the person may do anything.
    public var isActive: Bool

    /// Asks for the change.
    public init(userID: UUID, isActive: Bool) {
        self.userID = userID
        self.isActive = isActive
    }

    public typealias Reply = User

    public static let contract = MethodContract(
        "identity.SetUserActive",
        documentation: "Disables an account and ends its sessions, or enables it again.",
        access: .permission("users:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "user_disabled",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "userID": "Whose account.",
        "isActive": "Whether the person may do anything.",
    ]
}
