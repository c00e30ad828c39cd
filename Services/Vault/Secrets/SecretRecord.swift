internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// A row of secrets: what is said of a secret, and which version is what.
struct SecretRecord: Hashable, Sendable {
    let id: UUID
    var name: String
    var displayName: String
    var description: String?
    let type: SecretType
    var metadata: JSONValue = .object([:])
    var tags: [String] = []
    let ownerID: UUID
    var requiredPermission: String?
    var isActive = true
    var isRotatable = true
    var rotationEnabled = false
    var rotationDays: Int64?
    var lastRotatedAt: Date?
    var nextRotationAt: Date?
    var expiresAt: Date?
    let createdAt: Date
    var updatedAt: Date
    var lastAccessedAt: Date?
    let createdBy: UUID
    var latestVersion: Int64 = 0
    var currentVersion: Int64?
    var previousVersion: Int64?
    var pendingVersion: Int64?
    var deletedVersions: [Int64] = []
    var destroyedVersions: [Int64] = []
    var deletedAt: Date?
    var destroyedAt: Date?
    var needsSecondPerson = false
    var rotationMethod = RotationMethod.manual
    var rotationConfiguration: JSONValue = .object([:])
    var revision: Int64 = 1
    var rowMAC: [UInt8] = []

    /// The number that a label points at.
    func version(labelled label: SecretLabel) -> Int64? {
        switch label {
        case .current: self.currentVersion
        case .previous: self.previousVersion
        case .pending: self.pendingVersion
        default: nil
        }
    }

    /// The labels of a version.
    func labels(of version: Int64) -> [SecretLabel] {
        SecretLabel.knownCases.filter { self.version(labelled: $0) == version }
    }

    /// Whether a version can be read.
    func state(of version: Int64) -> SecretVersionState {
        if self.destroyedAt != nil || self.destroyedVersions.contains(version) {
            return .destroyed
        }
        return self.deletedVersions.contains(version) ? .deleted : .live
    }

    /// Makes a version current; the current one becomes previous.
    mutating func makeCurrent(_ version: Int64, at now: Date) {
        guard self.currentVersion != version else { return }
        self.previousVersion = self.currentVersion
        self.currentVersion = version
        if self.pendingVersion == version { self.pendingVersion = nil }
        self.lastRotatedAt = now
        self.schedule()
    }

    /// Works the next rotation out.
    mutating func schedule() {
        guard self.rotationEnabled, let days = self.rotationDays else {
            self.nextRotationAt = nil
            return
        }
        let last = self.lastRotatedAt ?? self.createdAt
        self.nextRotationAt = Date(
            microseconds: last.microseconds + days * 86_400 * 1_000_000)
    }

    /// Takes every label off a version.
    mutating func unlabel(_ version: Int64) {
        if self.currentVersion == version { self.currentVersion = nil }
        if self.previousVersion == version { self.previousVersion = nil }
        if self.pendingVersion == version { self.pendingVersion = nil }
    }

    /// What callers are told of it.
    func described(at now: Date) -> Secret {
        Secret(
            id: self.id, name: self.name, displayName: self.displayName,
            description: self.description, type: self.type, metadata: self.metadata,
            tags: self.tags, ownerID: self.ownerID, requiredPermission: self.requiredPermission,
            isActive: self.isActive, isRotatable: self.isRotatable,
            rotationEnabled: self.rotationEnabled, rotationDays: self.rotationDays,
            lastRotatedAt: self.lastRotatedAt, nextRotationAt: self.nextRotationAt,
            expiresAt: self.expiresAt, createdAt: self.createdAt, updatedAt: self.updatedAt,
            lastAccessedAt: self.lastAccessedAt, createdBy: self.createdBy,
            latestVersion: self.latestVersion, currentVersion: self.currentVersion,
            previousVersion: self.previousVersion, pendingVersion: self.pendingVersion,
            deletedVersions: self.deletedVersions, destroyedVersions: self.destroyedVersions,
            deletedAt: self.deletedAt, destroyedAt: self.destroyedAt,
            needsSecondPerson: self.needsSecondPerson, rotationMethod: self.rotationMethod,
            rotationConfiguration: self.rotationConfiguration, revision: self.revision,
            isExpired: self.isExpired(at: now), needsRotation: self.needsRotation(at: now))
    }

    /// Whether it has expired.
    func isExpired(at now: Date) -> Bool { self.expiresAt.map { $0 <= now } ?? false }

    /// Whether its rotation is due.
    func needsRotation(at now: Date) -> Bool { self.nextRotationAt.map { $0 <= now } ?? false }
}
