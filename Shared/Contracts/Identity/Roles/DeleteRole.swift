public import RPC

/// Deletes a role; whoever held it loses what it granted.
public struct DeleteRole: UnaryMethod {
    /// Which role; a built-in one stays.
    public var name: String

    /// Asks to delete a role.
    public init(name: String) { self.name = name }

    public typealias Reply = Empty

    public static let contract = MethodContract(
        "identity.DeleteRole",
        documentation: "Deletes a role; whoever held it loses what it granted.",
        access: .permission("roles:write"),
        repeatability: .idempotent,
        keyedAnswer: .kept,
        auditAction: "role_changed",
        unknownFields: .reject
    )

    public static let fieldDocumentation = ["name": "Which role; a built-in one stays."]
}
