public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// A named set of permissions.
public struct Role: Codable, Hashable, Sendable, DocumentedFields {
    /// Stable, also when the role is made anew under the same name.
    public var id: UUID
    /// What it is called in grants; member is held by everybody.
    public var name: String
    /// What the role is for.
    public var description: String
    /// As resource:action, sorted; *:* grants all, resource:* all of one.
    public var permissions: [String]
    /// Whether Steward brings it; such a role cannot be deleted.
    public var isBuiltIn: Bool
    /// How many people were given it.
    public var memberCount: Int
    /// When it was made.
    public var createdAt: Date
    /// When it or its permissions last changed.
    public var updatedAt: Date
    /// Counts changes.
    public var version: Int64

    /// Makes a role.
    public init(
        id: UUID,
        name: String,
        description: String,
        permissions: [String],
        isBuiltIn: Bool,
        memberCount: Int,
        createdAt: Date,
        updatedAt: Date,
        version: Int64
    ) {
        self.id = id
        self.name = name
        self.description = description
        self.permissions = permissions
        self.isBuiltIn = isBuiltIn
        self.memberCount = memberCount
        self.createdAt = createdAt
        self.updatedAt = updatedAt
        self.version = version
    }

    public static let fieldDocumentation = [
        "id": "Stable, also when the role is made anew under the same name.",
        "name": "What it is called in grants; member is held by everybody.",
        "description": "What the role is for.",
        "permissions": "As resource:action, sorted; *:* grants all, resource:* all of one.",
        "isBuiltIn": "Whether Steward brings it; such a role cannot be deleted.",
        "memberCount": "How many people were given it.",
        "createdAt": "When it was made.",
        "updatedAt": "When it or its permissions last changed.",
        "version": "Counts changes.",
    ]
}
