internal import Glibc

/// A service's own Unix socket, made so that no moment exists in which it is wrong.
///
/// A lock file beside it is held for as long as the process lives, so that of two starters one
/// wins. A socket that answers is never removed.  The new one is bound under another name, gets its
/// mode and group, listens, and then takes its place by a rename; at the end it is removed only if
/// it is still the one that was made here.
struct OwnedUnixSocket: ~Copyable {
    /// The listening socket; passed to the server, which closes it.
    let descriptor: CInt
    private let path: String
    private let lock: FileDescriptor
    private let device: dev_t
    private let inode: ino_t

    /// Connections that may wait to be accepted; the kernel's `somaxconn` bounds it too.
    private static let backlog: CInt = 4_096

    /// Makes the socket.
    ///
    /// - Parameters:
    ///   - path: where; the directory must exist.
    ///   - mode: permission bits.
    ///   - group: its group; `nil` leaves it to the system.
    /// - Throws: ``StartupError`` naming the path and what is wrong.
    init(path: String, mode: UInt16, group: UInt32?) throws(StartupError) {
        let temporaryPath = Self.temporaryPath(beside: path)
        guard UnixSocketAddress(path: path) != nil,
            let temporary = UnixSocketAddress(path: temporaryPath)
        else {
            throw .configuration(
                "The socket path \(path) is longer than \(UnixSocketAddress.byteCountLimit) bytes;"
                    + " choose a shorter STEWARD_RUNTIME_DIRECTORY.")
        }
        let lock = try Self.lock(path: path)
        try Self.refuseIfOccupied(path: path)
        let socket = FileDescriptor.socket(domain: AF_UNIX, type: SOCK_STREAM)
        guard socket.number >= 0 else { throw Self.failure("cannot be made", path) }
        // A leftover of this name is from a process that had our number and is gone.
        _ = unlink(temporaryPath)
        let number = socket.number
        guard temporary.withSocketAddress({ bind(number, $0, $1) }) == 0 else {
            throw Self.failure("cannot be made", path)
        }
        do throws(StartupError) {
            if let group, chown(temporaryPath, uid_t.max, group) != 0 {
                throw Self.failure("cannot be given its group (STEWARD_SOCKET_GROUP)", path)
            }
            guard chmod(temporaryPath, mode_t(mode)) == 0 else {
                throw Self.failure("cannot be given its mode", path)
            }
            guard Glibc.listen(number, Self.backlog) == 0 else {
                throw Self.failure("cannot listen", path)
            }
            guard let made = Self.status(path: temporaryPath), rename(temporaryPath, path) == 0
            else { throw Self.failure("cannot be put in place", path) }
            self.device = made.st_dev
            self.inode = made.st_ino
        } catch {
            _ = unlink(temporaryPath)
            throw error
        }
        self.descriptor = socket.release()
        self.path = path
        self.lock = lock
    }

    /// Removes the socket from the file system if it is still the one made here, and lets the next
    /// starter in.
    consuming func remove() {
        guard let found = Self.status(path: self.path),
            found.st_dev == self.device, found.st_ino == self.inode
        else { return }
        // Somebody else removed it in between: then it is gone, as it should be.
        _ = unlink(self.path)
    }

    private static func temporaryPath(beside path: String) -> String {
        let directory = path.lastIndex(of: "/").map { path[...$0] } ?? ""
        return "\(directory).s\(getpid())"
    }

    /// Takes the lock that a process holds while it serves this path.
    ///
    /// The file stays for ever: removing it would let two processes hold locks on two files of the
    /// same name.
    private static func lock(path: String) throws(StartupError) -> FileDescriptor {
        let file = "\(path).lock"
        let lock = FileDescriptor(open(file, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600))
        guard lock.number >= 0 else { throw Self.failure("cannot be locked", file) }
        while flock(lock.number, LOCK_EX | LOCK_NB) != 0 {
            if errno == EINTR { continue }
            guard errno == EWOULDBLOCK else { throw Self.failure("cannot be locked", file) }
            throw .failed("Another process already serves \(path) (it holds \(file)).")
        }
        return lock
    }

    /// Lets only a missing socket or one that nobody listens on be replaced.
    private static func refuseIfOccupied(path: String) throws(StartupError) {
        guard let found = Self.status(path: path) else {
            guard errno == ENOENT else { throw Self.failure("cannot be looked at", path) }
            return
        }
        guard found.st_mode & S_IFMT == S_IFSOCK else {
            throw .failed("\(path) exists and is no socket; remove it if it is not needed.")
        }
        guard let address = UnixSocketAddress(path: path) else { return }
        let probe = FileDescriptor.socket(domain: AF_UNIX, type: SOCK_STREAM)
        let number = probe.number
        guard number >= 0 else { throw Self.failure("cannot be tried", path) }
        if address.withSocketAddress({ connect(number, $0, $1) }) != 0 {
            switch errno {
            case ECONNREFUSED, ENOENT: return
            // A full backlog is a sign of life.
            case EAGAIN: break
            default: throw Self.failure("cannot be tried", path)
            }
        }
        throw .failed("Another process already listens on \(path).")
    }

    private static func status(path: String) -> stat? {
        var found = stat()
        return lstat(path, &found) == 0 ? found : nil
    }

    private static func failure(_ what: String, _ path: String) -> StartupError {
        .failed("The socket \(path) \(what): \(SystemError.last).")
    }
}
