internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// What is recorded of roles, grants, settings and keys.
extension AuditFact {
    /// As many holders of a deleted role as are told; their number always is.
    private static let holderLimit = 1_000

    /// A role was made or changed; `nil` if it grants and says what it did.
    static func roleChanged(from old: Role?, to new: Role) -> AuditFact? {
        var changes = AuditChanges()
        changes.compare("permissions", old?.permissions, new.permissions)
        changes.compare("description", old?.description, new.description)
        guard let value = changes.value else { return nil }
        return AuditFact(
            .roleChanged, of: AuditResource("role", new.name),
            payload: AuditPayload(
                details: .object(["isNew": .boolean(old == nil)]), changes: value))
    }

    static func roleDeleted(_ role: Role, holders: [UUID]) -> AuditFact {
        var changes = AuditChanges()
        changes.compare("permissions", role.permissions, nil)
        let told = holders.prefix(Self.holderLimit).map { $0.uuidString.lowercased() }
        return AuditFact(
            .roleChanged, of: AuditResource("role", role.name),
            payload: AuditPayload(
                details: .object([
                    "isDeleted": .boolean(true), "holderCount": .count(holders.count),
                    "holders": .strings(told),
                ]),
                changes: changes.value))
    }

    static func roleGranted(_ role: String, from old: User, to new: User) -> AuditFact {
        AuditFact(
            .roleChanged, of: AuditResource("user", new.id),
            payload: Self.payload(["grantedRole": .string(role)], from: old, to: new))
    }

    static func roleRevoked(_ role: String, from old: User, to new: User) -> AuditFact {
        AuditFact(
            .roleChanged, of: AuditResource("user", new.id),
            payload: Self.payload(["revokedRole": .string(role)], from: old, to: new),
            priority: .repair)
    }

    static func permissionGranted(
        _ permission: PermissionName, from old: User, to new: User
    ) -> AuditFact {
        AuditFact(
            .permissionGranted, of: AuditResource("user", new.id),
            payload: Self.payload(
                ["permission": .string(permission.text)], from: old, to: new))
    }

    static func permissionRevoked(
        _ permission: PermissionName, from old: User, to new: User
    ) -> AuditFact {
        AuditFact(
            .permissionRevoked, of: AuditResource("user", new.id),
            payload: Self.payload(
                ["permission": .string(permission.text)], from: old, to: new),
            priority: .repair)
    }

    private static func payload(
        _ details: [String: JSONValue], from old: User, to new: User
    ) -> AuditPayload {
        var changes = AuditChanges()
        changes.compare("roles", old.roles, new.roles)
        changes.compare("permissions", old.permissions, new.permissions)
        return AuditPayload(details: .object(details), changes: changes.value)
    }

    /// A setting got another value; `nil` if it has the one that it had.  No setting is secret.
    static func settingChanged(from old: SystemSetting, to new: SystemSetting) -> AuditFact? {
        var changes = AuditChanges()
        changes.compare("value", old.value, new.value)
        guard let value = changes.value else { return nil }
        return AuditFact(
            .settingChanged, of: AuditResource("setting", new.key),
            payload: AuditPayload(changes: value))
    }

    /// Access tokens signed with a key are valid from now on.
    static func signingKeyAdded(_ id: String) -> AuditFact { self.signingKey(id, "added") }

    /// Access tokens signed with a key are no longer valid.
    static func signingKeyRetired(_ id: String) -> AuditFact { self.signingKey(id, "retired") }

    private static func signingKey(_ id: String, _ change: String) -> AuditFact {
        AuditFact(
            .keyRotated, of: AuditResource("signing_key", id),
            payload: AuditPayload(details: .object(["change": .string(change)])),
            priority: .repair)
    }
}
