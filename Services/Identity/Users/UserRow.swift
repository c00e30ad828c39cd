internal import FoundationEssentials
internal import IdentityAPI
package import Postgres

/// How an account is read: one statement for everybody who shows accounts.
enum UserRow {
    /// Selects accounts `u`; append WHERE and what follows.
    static let select: SQL = """
        SELECT u.id, coalesce(u.email, '') AS email, u.username, u.display_name, u.first_name,
            u.last_name, u.phone, u.time_zone, u.avatar_file_id, u.preferences,
            u.workspace_settings, u.metadata, u.is_active, u.is_verified, u.is_staff,
            u.created_by, u.created_at, u.updated_at, u.last_sign_in_at, u.password_changed_at,
            u.version,
            ARRAY(SELECT r.name FROM identity.user_roles ur
                  JOIN identity.roles r ON r.id = ur.role_id
                  WHERE ur.user_id = u.id ORDER BY r.name) AS roles,
            ARRAY(SELECT p.name FROM identity.user_permissions up
                  JOIN identity.permissions p ON p.id = up.permission_id
                  WHERE up.user_id = u.id ORDER BY p.name) AS permissions,
            EXISTS (SELECT FROM identity.permissions p
                    JOIN identity.role_permissions rp ON rp.permission_id = p.id
                    JOIN identity.user_roles ur ON ur.role_id = rp.role_id
                    WHERE p.name = '*:*' AND ur.user_id = u.id)
            OR EXISTS (SELECT FROM identity.permissions p
                       JOIN identity.user_permissions up ON up.permission_id = p.id
                       WHERE p.name = '*:*' AND up.user_id = u.id) AS is_superuser
        FROM identity.users u
        """

    /// Selects one account.
    static func select(id: UUID) -> SQL { Self.select + " WHERE u.id = \(id)" }
}

extension User: RowDecodable {
    package init(row: Row) throws {
        self.init(
            id: try row.get("id"),
            email: try row.get("email"),
            username: try row.get("username"),
            displayName: try row.get("display_name"),
            firstName: try row.get("first_name"),
            lastName: try row.get("last_name"),
            phone: try row.get("phone"),
            timeZone: try row.get("time_zone"),
            avatarFileID: try row.get("avatar_file_id"),
            preferences: try StoredObject.decode(row.get("preferences")),
            workspaceSettings: try StoredObject.decode(row.get("workspace_settings")),
            metadata: try StoredObject.decode(row.get("metadata")),
            isActive: try row.get("is_active"),
            isVerified: try row.get("is_verified"),
            isStaff: try row.get("is_staff"),
            isSuperuser: try row.get("is_superuser"),
            roles: try row.get("roles"),
            permissions: try row.get("permissions"),
            createdBy: try row.get("created_by"),
            createdAt: try row.get("created_at"),
            updatedAt: try row.get("updated_at"),
            lastSignInAt: try row.get("last_sign_in_at"),
            passwordChangedAt: try row.get("password_changed_at"),
            version: try row.get("version"))
    }
}
