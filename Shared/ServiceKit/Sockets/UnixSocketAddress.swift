internal import Glibc

/// The path of a Unix socket in the form that the kernel takes.
struct UnixSocketAddress: Sendable {
    /// The longest path, in bytes (unix(7): 108 with the closing zero).
    static let byteCountLimit = 107

    /// The path; one that begins with `@` is in the abstract name space.
    let path: String

    /// Names a path; `nil` if it is empty or too long.
    init?(path: String) {
        guard (1...Self.byteCountLimit).contains(path.utf8.count) else { return nil }
        self.path = path
    }

    /// Lends the address to a system call.
    func withSocketAddress<Result>(
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(self.path.utf8)
        let isAbstract = bytes.first == UInt8(ascii: "@")
        if isAbstract { bytes[0] = 0 }
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(offset + bytes.count + (isAbstract ? 0 : 1))
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, length) }
        }
    }
}
