internal import Glibc

/// A file descriptor with one owner, closed when that is gone unless it was released.
struct FileDescriptor: ~Copyable {
    /// The number.
    let number: CInt

    /// Takes a descriptor over.
    init(_ number: CInt) { self.number = number }

    deinit {
        // Nothing can be done about a close that fails.
        _ = close(self.number)
    }

    /// A socket that does not block and is not inherited; its number is negative if there is none.
    static func socket(domain: CInt, type: __socket_type) -> FileDescriptor {
        let flags = SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        return FileDescriptor(Glibc.socket(domain, CInt(type.rawValue | flags), 0))
    }

    /// Hands the descriptor to somebody who will close it.
    consuming func release() -> CInt {
        let number = self.number
        discard self
        return number
    }
}
