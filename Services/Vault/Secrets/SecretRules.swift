internal import RPC
internal import VaultAPI

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// What may be said of a secret.  Pure.
enum SecretRules {
    static let objectByteCount = 16_384
    static let configurationByteCount = 2_048

    /// The secret that a request makes.
    static func secret(
        for request: CreateSecret, id: UUID, owner: UUID, by person: UUID, at now: Date
    ) throws -> SecretRecord {
        let name = try FieldRules.line(request.name, "name", limit: 200)
        var secret = SecretRecord(
            id: id, name: name,
            displayName: try FieldRules.line(
                request.displayName ?? name, "displayName", limit: 200),
            type: try FieldRules.known(request.type, "type"), ownerID: owner, createdAt: now,
            updatedAt: now, createdBy: person)
        try self.set(
            &secret, description: request.description, metadata: request.metadata,
            tags: request.tags, requiredPermission: request.requiredPermission,
            isRotatable: request.isRotatable, rotationEnabled: request.rotationEnabled,
            rotationDays: request.rotationDays, expiresAt: request.expiresAt,
            rotationMethod: request.rotationMethod,
            rotationConfiguration: request.rotationConfiguration)
        secret.needsSecondPerson = request.needsSecondPerson ?? false
        try self.check(&secret)
        return secret
    }

    /// Changes a secret as a request asks.
    ///
    /// - Parameter mayLiftSecondPerson: whether the caller may let a secret do without one.
    static func change(
        _ secret: inout SecretRecord, for request: UpdateSecret, mayLiftSecondPerson: Bool
    ) throws {
        if let name = request.name {
            secret.name = try FieldRules.line(name, "name", limit: 200)
        }
        if let displayName = request.displayName {
            secret.displayName = try FieldRules.line(displayName, "displayName", limit: 200)
        }
        try self.set(
            &secret, description: request.description, metadata: request.metadata,
            tags: request.tags, requiredPermission: request.requiredPermission,
            isRotatable: request.isRotatable, rotationEnabled: request.rotationEnabled,
            rotationDays: request.rotationDays, expiresAt: request.expiresAt,
            rotationMethod: request.rotationMethod,
            rotationConfiguration: request.rotationConfiguration)
        secret.isActive = request.isActive ?? secret.isActive
        if let needs = request.needsSecondPerson, needs != secret.needsSecondPerson {
            guard needs || mayLiftSecondPerson else { throw RPCError.needsSecondPerson }
            secret.needsSecondPerson = needs
        }
        for field in request.cleared ?? [] { try self.clear(field, of: &secret, request) }
        try self.check(&secret)
    }

    private static func clear(
        _ field: String, of secret: inout SecretRecord, _ request: UpdateSecret
    ) throws {
        let isSet: Bool
        switch field {
        case "description":
            isSet = request.description != nil
            secret.description = nil
        case "requiredPermission":
            isSet = request.requiredPermission != nil
            secret.requiredPermission = nil
        case "rotationDays":
            isSet = request.rotationDays != nil
            secret.rotationDays = nil
        case "expiresAt":
            isSet = request.expiresAt != nil
            secret.expiresAt = nil
        default:
            throw RPCError.invalid(
                "cleared",
                "\(field) is none of description, requiredPermission, rotationDays, expiresAt.")
        }
        if isSet { throw RPCError.invalid("cleared", "\(field) is also set.") }
    }

    private static func set(
        _ secret: inout SecretRecord, description: String?, metadata: JSONValue?,
        tags: [String]?, requiredPermission: String?, isRotatable: Bool?,
        rotationEnabled: Bool?, rotationDays: Int64?, expiresAt: Date?,
        rotationMethod: RotationMethod?, rotationConfiguration: JSONValue?
    ) throws {
        if let description {
            secret.description = try FieldRules.text(description, "description", limit: 4_000)
        }
        if let metadata {
            secret.metadata = try FieldRules.object(
                metadata, "metadata", limit: Self.objectByteCount)
        }
        if let tags { secret.tags = try FieldRules.tags(tags, "tags") }
        if let requiredPermission {
            secret.requiredPermission = try FieldRules.permission(
                requiredPermission, "requiredPermission")
        }
        secret.isRotatable = isRotatable ?? secret.isRotatable
        secret.rotationEnabled = rotationEnabled ?? secret.rotationEnabled
        if let rotationDays {
            secret.rotationDays = try FieldRules.number(
                rotationDays, "rotationDays", in: 1...3_650)
        }
        if let expiresAt { secret.expiresAt = try FieldRules.time(expiresAt, "expiresAt") }
        if let rotationMethod {
            secret.rotationMethod = try FieldRules.known(rotationMethod, "rotationMethod")
        }
        if let rotationConfiguration {
            secret.rotationConfiguration = try FieldRules.object(
                rotationConfiguration, "rotationConfiguration",
                limit: Self.configurationByteCount)
        }
    }

    /// What must fit together.
    private static func check(_ secret: inout SecretRecord) throws {
        if secret.rotationEnabled {
            guard secret.rotationDays != nil else {
                throw RPCError.invalid("rotationDays", "rotation needs it.")
            }
            guard secret.isRotatable else {
                throw RPCError.invalid("isRotatable", "rotation needs it.")
            }
        }
        if secret.rotationMethod == .random {
            _ = try RandomText(secret.rotationConfiguration, for: secret.type)
        }
        if RotationMakers.isNeeded(for: secret.rotationMethod) {
            _ = try RotationMakers.name(
                in: secret.rotationConfiguration, for: secret.rotationMethod)
        }
        secret.schedule()
    }
}
