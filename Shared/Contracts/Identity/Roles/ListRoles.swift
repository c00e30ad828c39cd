public import RPC

/// Lists the roles with their permissions.
public struct ListRoles: UnaryMethod {
    /// Asks for the list.
    public init() {}

    public typealias Reply = RoleList

    public static let contract = MethodContract(
        "identity.ListRoles",
        documentation: "Lists the roles with their permissions, by name.",
        access: .permission("roles:read"),
        repeatability: .readOnly,
        unknownFields: .reject
    )

    public static let fieldDocumentation: [String: String] = [:]
}

/// All roles.
public struct RoleList: Codable, Hashable, Sendable, DocumentedFields {
    /// By name; at most 1,000, the number of roles there can be.
    public var roles: [Role]

    /// Makes a list.
    public init(roles: [Role]) { self.roles = roles }

    public static let fieldDocumentation = [
        "roles": "By name; at most 1,000, the number of roles there can be."
    ]
}
