internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

extension SecretRecord: AuthenticatedRow {
    var authenticatedBytes: [UInt8] {
        get throws {
            try AuthenticatedBytes.of("steward.vault.row.secret.v1", Authenticated(self))
        }
    }

    /// Every column but the last access and the MAC itself.
    private struct Authenticated: Encodable {
        let id, ownerID, createdBy: UUID
        let name, displayName, type, rotationMethod: String
        let description, requiredPermission: String?
        let metadata, rotationConfiguration: JSONValue
        let tags: [String]
        let isActive, isRotatable, rotationEnabled, needsSecondPerson: Bool
        let createdAt, updatedAt: Int64
        let lastRotatedAt, nextRotationAt, expiresAt, deletedAt, destroyedAt: Int64?
        let rotationDays, currentVersion, previousVersion, pendingVersion: Int64?
        let latestVersion, revision: Int64
        let deletedVersions, destroyedVersions: [Int64]

        init(_ record: SecretRecord) {
            self.id = record.id
            self.ownerID = record.ownerID
            self.createdBy = record.createdBy
            self.name = record.name
            self.displayName = record.displayName
            self.type = record.type.rawValue
            self.rotationMethod = record.rotationMethod.rawValue
            self.description = record.description
            self.requiredPermission = record.requiredPermission
            self.metadata = record.metadata
            self.rotationConfiguration = record.rotationConfiguration
            self.tags = record.tags
            self.isActive = record.isActive
            self.isRotatable = record.isRotatable
            self.rotationEnabled = record.rotationEnabled
            self.needsSecondPerson = record.needsSecondPerson
            self.createdAt = record.createdAt.microseconds
            self.updatedAt = record.updatedAt.microseconds
            self.lastRotatedAt = record.lastRotatedAt?.microseconds
            self.nextRotationAt = record.nextRotationAt?.microseconds
            self.expiresAt = record.expiresAt?.microseconds
            self.deletedAt = record.deletedAt?.microseconds
            self.destroyedAt = record.destroyedAt?.microseconds
            self.rotationDays = record.rotationDays
            self.currentVersion = record.currentVersion
            self.previousVersion = record.previousVersion
            self.pendingVersion = record.pendingVersion
            self.latestVersion = record.latestVersion
            self.revision = record.revision
            self.deletedVersions = record.deletedVersions
            self.destroyedVersions = record.destroyedVersions
        }
    }
}
