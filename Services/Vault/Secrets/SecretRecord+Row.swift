internal import Postgres
internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

extension SecretRecord: RowDecodable {
    /// The columns that ``init(row:)`` reads, of the row `s`.
    static let columns: SQL = """
        s.id, s.name, s.display_name, s.description, s.secret_type, s.metadata, s.tags, \
        s.owner_id, s.required_permission, s.is_active, s.is_rotatable, s.rotation_enabled, \
        s.rotation_days, s.last_rotated_at, s.next_rotation_at, s.expires_at, s.created_at, \
        s.updated_at, s.last_accessed_at, s.created_by, s.latest_version, s.current_version, \
        s.previous_version, s.pending_version, s.deleted_versions, s.destroyed_versions, \
        s.deleted_at, s.destroyed_at, s.needs_second_person, s.rotation_method, \
        s.rotation_configuration, s.revision, s.row_mac
        """

    /// A row of usual size that no secret has, with a MAC that is wrong: ``columns``, in order.
    static let decoy: SQL = """
        '00000000-0000-0000-0000-000000000000'::uuid, 'a name of the usual length for names', \
        'a name of the usual length for names', NULL::text, 'generic', '{}'::jsonb, \
        '{}'::text[], '00000000-0000-0000-0000-000000000000'::uuid, 'resource:action', true, \
        true, false, NULL::bigint, '2026-01-01T00:00:00Z'::timestamptz, NULL::timestamptz, \
        NULL::timestamptz, '2026-01-01T00:00:00Z'::timestamptz, \
        '2026-01-01T00:00:00Z'::timestamptz, '2026-01-01T00:00:00Z'::timestamptz, \
        '00000000-0000-0000-0000-000000000000'::uuid, 1::bigint, 1::bigint, NULL::bigint, \
        NULL::bigint, '{}'::bigint[], '{}'::bigint[], NULL::timestamptz, NULL::timestamptz, \
        false, 'manual', '{}'::jsonb, 2::bigint, decode(repeat('00', 32), 'hex')
        """

    init(row: Row) throws {
        self.init(
            id: try row.get("id"), name: try row.get("name"),
            displayName: try row.get("display_name"), description: try row.get("description"),
            type: SecretType(rawValue: try row.get("secret_type")),
            metadata: try row.json("metadata"), tags: try row.get("tags"),
            ownerID: try row.get("owner_id"),
            requiredPermission: try row.get("required_permission"),
            isActive: try row.get("is_active"), isRotatable: try row.get("is_rotatable"),
            rotationEnabled: try row.get("rotation_enabled"),
            rotationDays: try row.get("rotation_days"),
            lastRotatedAt: try row.get("last_rotated_at"),
            nextRotationAt: try row.get("next_rotation_at"),
            expiresAt: try row.get("expires_at"), createdAt: try row.get("created_at"),
            updatedAt: try row.get("updated_at"),
            lastAccessedAt: try row.get("last_accessed_at"),
            createdBy: try row.get("created_by"),
            latestVersion: try row.get("latest_version"),
            currentVersion: try row.get("current_version"),
            previousVersion: try row.get("previous_version"),
            pendingVersion: try row.get("pending_version"),
            deletedVersions: try row.get("deleted_versions"),
            destroyedVersions: try row.get("destroyed_versions"),
            deletedAt: try row.get("deleted_at"), destroyedAt: try row.get("destroyed_at"),
            needsSecondPerson: try row.get("needs_second_person"),
            rotationMethod: RotationMethod(rawValue: try row.get("rotation_method")),
            rotationConfiguration: try row.json("rotation_configuration"),
            revision: try row.get("revision"), rowMAC: try row.get("row_mac"))
    }

    /// The statement that stores a new row.
    func insert() throws -> SQL {
        """
        INSERT INTO vault.secrets (
            id, name, display_name, description, secret_type, metadata, tags, owner_id,
            required_permission, is_active, is_rotatable, rotation_enabled, rotation_days,
            last_rotated_at, next_rotation_at, expires_at, created_at, updated_at, created_by,
            latest_version, current_version, previous_version, pending_version,
            deleted_versions, destroyed_versions, deleted_at, destroyed_at,
            needs_second_person, rotation_method, rotation_configuration, revision, row_mac)
        VALUES (\(self.id), \(self.name), \(self.displayName), \(self.description),
            \(self.type.rawValue), \(JSONText(try self.metadata.jsonText)), \(self.tags),
            \(self.ownerID), \(self.requiredPermission), \(self.isActive), \(self.isRotatable),
            \(self.rotationEnabled), \(self.rotationDays), \(self.lastRotatedAt),
            \(self.nextRotationAt), \(self.expiresAt), \(self.createdAt), \(self.updatedAt),
            \(self.createdBy), \(self.latestVersion), \(self.currentVersion),
            \(self.previousVersion), \(self.pendingVersion), \(self.deletedVersions),
            \(self.destroyedVersions), \(self.deletedAt), \(self.destroyedAt),
            \(self.needsSecondPerson), \(self.rotationMethod.rawValue),
            \(JSONText(try self.rotationConfiguration.jsonText)), \(self.revision),
            \(self.rowMAC))
        """
    }

    /// The statement that stores what may have changed.
    func update() throws -> SQL {
        """
        UPDATE vault.secrets SET
            name = \(self.name), display_name = \(self.displayName),
            description = \(self.description),
            metadata = \(JSONText(try self.metadata.jsonText)), tags = \(self.tags),
            required_permission = \(self.requiredPermission), is_active = \(self.isActive),
            is_rotatable = \(self.isRotatable), rotation_enabled = \(self.rotationEnabled),
            rotation_days = \(self.rotationDays), last_rotated_at = \(self.lastRotatedAt),
            next_rotation_at = \(self.nextRotationAt), expires_at = \(self.expiresAt),
            updated_at = \(self.updatedAt), latest_version = \(self.latestVersion),
            current_version = \(self.currentVersion),
            previous_version = \(self.previousVersion),
            pending_version = \(self.pendingVersion),
            deleted_versions = \(self.deletedVersions),
            destroyed_versions = \(self.destroyedVersions), deleted_at = \(self.deletedAt),
            destroyed_at = \(self.destroyedAt),
            needs_second_person = \(self.needsSecondPerson),
            rotation_method = \(self.rotationMethod.rawValue),
            rotation_configuration = \(JSONText(try self.rotationConfiguration.jsonText)),
            revision = \(self.revision), row_mac = \(self.rowMAC)
        WHERE id = \(self.id)
        """
    }
}

extension Row {
    /// Reads a `jsonb` column.
    func json(_ column: String) throws -> JSONValue {
        let text = try self.get(column, as: JSONText.self).text
        // Most rows have nothing there, and every read of a secret comes by here.
        if text == "{}" { return .object([:]) }
        do {
            return try JSONValue(jsonText: text)
        } catch {
            throw DatabaseError(code: .decoding, message: "\(column): \(error)")
        }
    }
}
