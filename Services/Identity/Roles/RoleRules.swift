internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// Rules about roles and about who may grant what.
enum RoleRules {
    /// The role that everybody holds and nobody is given.
    static let member = "member"
    /// The most permissions of one role.
    static let permissionLimit = 200
    /// The most roles of an installation.
    static let roleLimit = 1_000
    /// The most permissions of an installation.
    static let catalogLimit = 10_000

    /// A role's name.
    ///
    /// - Throws: `identity.role_invalid` unless it has 1 to 64 of a-z, 0-9, `_` and `-` and begins
    ///   with a letter.
    static func checkName(_ name: String, field: String = "name") throws(RPCError) -> String {
        guard (1...64).contains(name.utf8.count), let first = name.utf8.first,
            (0x61...0x7A).contains(first),
            name.utf8.allSatisfy({
                (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
                    || $0 == 0x2D
            })
        else {
            throw .invalid(
                field, "role_invalid",
                "A role's name has 1 to 64 of a-z, 0-9, '_' and '-', and begins with a letter.")
        }
        return name
    }

    /// What a role is to grant, sorted and each once.
    static func checkPermissions(_ texts: [String]) throws(RPCError) -> [PermissionName] {
        guard texts.count <= Self.permissionLimit else {
            throw .invalid(
                "permissions", "permission_invalid",
                "A role grants at most \(Self.permissionLimit) permissions.")
        }
        var names: Set<PermissionName> = []
        for text in texts { names.insert(try PermissionName(text, field: "permissions")) }
        return names.sorted()
    }

    /// Refuses to let somebody give away, or act against, what they do not hold themselves; else
    /// the right to grant would be the right to everything.
    static func requireCover(held: [String], wanted: [String]) throws(RPCError) {
        let set = PermissionSet(held)
        let missing = wanted.filter { !set.contains($0) }
        guard missing.isEmpty else { throw .exceedsOwnPermissions(missing) }
    }

    /// The description a role gets.
    static func checkDescription(_ text: String?) throws(RPCError) -> String? {
        guard let text else { return nil }
        return try TextRules.check(text, field: "description", range: 0...500)
    }
}
