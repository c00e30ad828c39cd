public import RPC

/// Lists the permissions that roles and grants have named so far.
public struct ListPermissions: UnaryMethod {
    /// Asks for the list.
    public init() {}

    public typealias Reply = PermissionList

    public static let contract = MethodContract(
        "identity.ListPermissions",
        documentation: "Lists the permissions that roles and grants have named so far.",
        access: .permission("roles:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// All permissions.
public struct PermissionList: Codable, Hashable, Sendable, DocumentedFields {
    /// By name; at most 10,000, the number of permissions there can be.
    public var permissions: [Permission]

    /// Makes a list.
    public init(permissions: [Permission]) { self.permissions = permissions }

    public static let fieldDocumentation = [
        "permissions": "By name; at most 10,000, the number of permissions there can be."
    ]
}

/// Something that may be allowed.
public struct Permission: Codable, Hashable, Sendable, DocumentedFields {
    /// resource:action.
    public var name: String
    /// What is accessed, such as users; * for anything.
    public var resource: String
    /// What is done to it, such as read; * for anything.
    public var action: String
    /// What it allows, where somebody wrote it down.
    public var description: String

    /// Makes a permission.
    public init(name: String, resource: String, action: String, description: String) {
        self.name = name
        self.resource = resource
        self.action = action
        self.description = description
    }

    public static let fieldDocumentation = [
        "name": "resource:action.",
        "resource": "What is accessed, such as users; * for anything.",
        "action": "What is done to it, such as read; * for anything.",
        "description": "What it allows, where somebody wrote it down.",
    ]
}
