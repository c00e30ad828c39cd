public import RPC

/// Makes a role, or replaces what it grants.
///
/// Nobody can put a permission into a role that they do not hold themselves.
public struct PutRole: UnaryMethod {
    /// 1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter.
    public var name: String
    /// All it grants, as resource:action; at most 200.
    public var permissions: [String]
    /// What it is for, at most 500 characters; stays as it is if absent.
    public var description: String?
    /// Refuse (aborted, identity.version_conflict) if it changed since.
    public var expectedVersion: Int64?

    /// Asks for the role to be so.
    public init(
        name: String,
        permissions: [String],
        description: String? = nil,
        expectedVersion: Int64? = nil
    ) {
        self.name = name
        self.permissions = permissions
        self.description = description
        self.expectedVersion = expectedVersion
    }

    public typealias Reply = Role

    public static let contract = MethodContract(
        "identity.PutRole",
        documentation: "Makes a role, or replaces its permissions.",
        access: .permission("roles:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "role_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "name": "1 to 64 of a-z, 0-9, '_' and '-', beginning with a letter.",
        "permissions": "All it grants, as resource:action; at most 200.",
        "description": "What it is for, at most 500 characters; stays as it is if absent.",
        "expectedVersion": "Refuse (aborted, identity.version_conflict) if it changed since.",
    ]
}
