internal import Glibc

/// Looks users and groups of this machine up.
package enum SystemUsers {
    /// The size of the buffer for one entry; entries are far smaller.
    private static let bufferByteCount = 16_384

    /// The name of a user; `nil` if there is none with this uid.
    package static func name(uid: UInt32) -> String? {
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: Self.bufferByteCount)
        var found: UnsafeMutablePointer<passwd>?
        guard getpwuid_r(uid, &entry, &buffer, buffer.count, &found) == 0, found != nil,
            let name = entry.pw_name
        else { return nil }
        return String(cString: name)
    }

    /// The uid of a user; `nil` if there is none of this name.
    package static func uid(name: String) -> UInt32? {
        var entry = passwd()
        var buffer = [CChar](repeating: 0, count: Self.bufferByteCount)
        var found: UnsafeMutablePointer<passwd>?
        guard getpwnam_r(name, &entry, &buffer, buffer.count, &found) == 0, found != nil else {
            return nil
        }
        return entry.pw_uid
    }

    /// The gid of a group; `nil` if there is none of this name.
    package static func gid(groupName: String) -> UInt32? {
        var entry = group()
        var buffer = [CChar](repeating: 0, count: Self.bufferByteCount)
        var found: UnsafeMutablePointer<group>?
        guard getgrnam_r(groupName, &entry, &buffer, buffer.count, &found) == 0, found != nil
        else { return nil }
        return entry.gr_gid
    }

    /// The uid that this process acts as.
    package static var ownUID: UInt32 { geteuid() }
}
