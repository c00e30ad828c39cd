internal import FoundationEssentials
internal import IdentityAPI
package import Postgres
internal import RPC

/// The SQL of roles and grants.  Changes run inside ``Administration``.
struct RoleStore: Sendable {
    let database: Database

    /// All roles by name.
    func list(deadline: ContinuousClock.Instant?) async throws -> [Role] {
        try await self.database.read(
            Self.select + " ORDER BY r.name", as: .purpose("administration"), deadline: deadline
        ).decode()
    }

    /// All permissions by name.
    func listPermissions(deadline: ContinuousClock.Instant?) async throws -> [Permission] {
        try await self.database.read(
            "SELECT name, resource, action, description FROM identity.permissions ORDER BY name",
            as: .purpose("administration"), deadline: deadline
        ).decode()
    }

    /// Selects roles `r`.
    private static let select: SQL = """
        SELECT r.id, r.name, r.description, r.is_built_in, r.created_at, r.updated_at, r.version,
            ARRAY(SELECT p.name FROM identity.role_permissions rp
                  JOIN identity.permissions p ON p.id = rp.permission_id
                  WHERE rp.role_id = r.id ORDER BY p.name) AS permissions,
            (SELECT count(*) FROM identity.user_roles ur WHERE ur.role_id = r.id) AS member_count
        FROM identity.roles r
        """

    /// Selects one role.
    static func select(name: String) -> SQL { Self.select + " WHERE r.name = \(name)" }

    /// Makes sure that permissions are listed.
    static func ensure(_ permissions: [PermissionName]) -> SQL {
        """
        INSERT INTO identity.permissions (resource, action)
        SELECT * FROM unnest(\(permissions.map(\.resource)), \(permissions.map(\.action)))
        ON CONFLICT DO NOTHING
        """
    }

    /// How many roles and permissions there are.
    static let counts: SQL = """
        SELECT (SELECT count(*) FROM identity.roles) AS roles,
            (SELECT count(*) FROM identity.permissions) AS permissions
        """

    /// Makes a role without permissions.
    static func insert(name: String, by caller: UUID) -> SQL {
        """
        INSERT INTO identity.roles (name, created_by, version) VALUES (\(name), \(caller), 1)
        """
    }

    /// Replaces what a role grants.
    static func replacePermissions(
        of role: UUID, with permissions: [PermissionName], by caller: UUID
    ) -> [SQL] {
        let names = permissions.map(\.text)
        return [
            """
            DELETE FROM identity.role_permissions rp
            USING identity.permissions p
            WHERE rp.role_id = \(role) AND p.id = rp.permission_id AND p.name <> ALL (\(names))
            """,
            """
            INSERT INTO identity.role_permissions (role_id, permission_id, granted_by)
            SELECT \(role), p.id, \(caller) FROM identity.permissions p
            WHERE p.name = ANY (\(names))
            ON CONFLICT DO NOTHING
            """,
        ]
    }

    /// Notes a change of a role.
    static func touch(_ role: UUID, description: String?, isNew: Bool) -> SQL {
        """
        UPDATE identity.roles
        SET description = coalesce(\(description), description),
            version = version + \(isNew ? 0 : 1)
        WHERE id = \(role)
        """
    }

    /// Publishes what a role grants now.
    static func publish(_ role: UUID) -> SQL {
        "SELECT identity.publish_access('role', identity.role_access(\(role)))"
    }

    /// Deletes a role and returns who held it.
    static func delete(_ role: UUID) -> [SQL] {
        [
            "SELECT user_id FROM identity.user_roles WHERE role_id = \(role) ORDER BY user_id",
            "DELETE FROM identity.roles WHERE id = \(role)",
        ]
    }

    /// Publishes that a role is gone, and what each of its holders holds now.
    static func publishDeletion(name: String, holders: [UUID]) -> [SQL] {
        [
            """
            SELECT identity.publish_access('role', jsonb_build_object(
                'name', \(name)::text, 'permissions', '[]'::jsonb, 'isDeleted', true))
            """,
            """
            SELECT identity.publish_access('person', identity.person_access(holder))
            FROM unnest(\(holders)) AS holder
            """,
        ]
    }

    /// Gives a role; affects no row if the person holds it.
    static func grant(role: UUID, to userID: UUID, by caller: UUID?) -> SQL {
        """
        INSERT INTO identity.user_roles (user_id, role_id, granted_by)
        VALUES (\(userID), \(role), \(caller)) ON CONFLICT DO NOTHING
        """
    }

    /// Takes a role; affects no row if the person does not hold it.
    static func revoke(role: UUID, from userID: UUID) -> SQL {
        "DELETE FROM identity.user_roles WHERE user_id = \(userID) AND role_id = \(role)"
    }

    /// Grants a permission to one person.
    static func grant(_ permission: PermissionName, to userID: UUID, by caller: UUID) -> SQL {
        """
        INSERT INTO identity.user_permissions (user_id, permission_id, granted_by)
        SELECT \(userID), p.id, \(caller) FROM identity.permissions p
        WHERE p.name = \(permission.text)
        ON CONFLICT DO NOTHING
        """
    }

    /// Takes a permission that was granted to one person.
    static func revoke(_ permission: PermissionName, from userID: UUID) -> SQL {
        """
        DELETE FROM identity.user_permissions up USING identity.permissions p
        WHERE up.user_id = \(userID) AND p.id = up.permission_id
            AND p.name = \(permission.text)
        """
    }

    /// Publishes what a person may do now.
    static func publish(person: UUID) -> SQL {
        "SELECT identity.publish_access('person', identity.person_access(\(person)))"
    }
}

extension Role: RowDecodable {
    package init(row: Row) throws {
        self.init(
            id: try row.get("id"), name: try row.get("name"),
            description: try row.get("description"), permissions: try row.get("permissions"),
            isBuiltIn: try row.get("is_built_in"), memberCount: try row.get("member_count"),
            createdAt: try row.get("created_at"), updatedAt: try row.get("updated_at"),
            version: try row.get("version"))
    }
}

extension Permission: RowDecodable {
    package init(row: Row) throws {
        self.init(
            name: try row.get("name"), resource: try row.get("resource"),
            action: try row.get("action"), description: try row.get("description"))
    }
}
