/// Permissions as `resource:action`, with `resource:*` and `*:*` standing for more than one.
package struct PermissionSet: Sendable, Hashable {
    private let names: Set<String>

    /// Takes permissions as identity sends them.
    package init(_ permissions: [String]) { self.names = Set(permissions) }

    /// Whether the set grants a permission, by its name or by one that covers it.
    package func contains(_ permission: String) -> Bool {
        if self.names.contains(permission) || self.names.contains("*:*") { return true }
        guard let colon = permission.firstIndex(of: ":") else { return false }
        return self.names.contains("\(permission[..<colon]):*")
    }
}
