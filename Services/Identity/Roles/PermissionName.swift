internal import RPC

/// A permission as `resource:action`, checked.
struct PermissionName: Sendable, Hashable, Comparable {
    /// What is accessed; `*` for anything.
    let resource: String
    /// What is done to it; `*` for anything.
    let action: String

    /// The permission that covers all others.
    static let everything = "*:*"

    /// `resource:action`.
    var text: String { "\(self.resource):\(self.action)" }

    /// Reads a permission.
    ///
    /// - Throws: `identity.permission_invalid` unless both parts are `*` or a lower-case name, and
    ///   only an action is named `*` where the resource is not.
    init(_ text: String, field: String = "permission") throws(RPCError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 2, Self.isPart(parts[0]), Self.isPart(parts[1]),
            parts[0] != "*" || parts[1] == "*"
        else {
            throw .invalid(
                field, "permission_invalid",
                "A permission is resource:action in a-z, 0-9 and _, resource:*, or *:*.")
        }
        self.resource = parts[0]
        self.action = parts[1]
    }

    static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func isPart(_ text: String) -> Bool {
        if text == "*" { return true }
        guard (1...63).contains(text.utf8.count), let first = text.utf8.first,
            (0x61...0x7A).contains(first)
        else { return false }
        return text.utf8.allSatisfy {
            (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F
        }
    }
}
