import Glibc
import RPC

/// Finds out what is wrong with a service's socket, and what to do about it.
enum SocketDoctor {
    /// What a look at the file alone shows; `nil` if nothing is wrong with it.
    static func examine(_ path: String, service: String?) -> CommandFailure? {
        var status = stat()
        guard stat(path, &status) == 0 else {
            switch errno {
            case ENOENT, ENOTDIR: return self.missing(path, service: service)
            case EACCES: return self.forbidden(path, service: service, status: nil)
            default:
                return Self.unreachable("Can't look at \(path): \(Errno.text).", hints: [])
            }
        }
        guard status.st_mode & S_IFMT == S_IFSOCK else {
            return self.unreachable(
                "\(path) is not a socket.", hints: ["the address of a service is its socket"])
        }
        guard access(path, R_OK | W_OK) == 0 else {
            return self.forbidden(path, service: service, status: status)
        }
        return nil
    }

    /// What an attempt to connect shows, after a client failed to; `nil` if it succeeds.
    static func connect(_ path: String, service: String?) -> CommandFailure? {
        if let finding = self.examine(path, service: service) { return finding }
        switch self.connectError(path) {
        case nil: return nil
        case ECONNREFUSED:
            return self.unreachable(
                "Nobody listens on \(path): the socket was left behind by a service that is gone.",
                hints: [self.startHint(service)])
        case EAGAIN:
            return self.unreachable(
                "\(path) takes no more connections at the moment: its queue is full.",
                hints: ["try again, and look at the service's log if it stays so"])
        case EACCES, EPERM: return self.forbidden(path, service: service, status: nil)
        case let number?:
            return self.unreachable("Can't connect to \(path): \(Errno.text(number)).", hints: [])
        }
    }

    /// Why no service was found in a directory.
    static func examineDirectory(_ directory: String) -> CommandFailure {
        let hints = [
            "is Steward running here? deploy/up starts it, . .steward/env finds it",
            "rpcctl context set NAME --runtime-directory DIR, or STEWARD_RUNTIME_DIRECTORY=DIR",
        ]
        guard access(directory, F_OK) == 0 else {
            return self.unreachable("The directory \(directory) does not exist.", hints: hints)
        }
        guard access(directory, R_OK | X_OK) == 0 else {
            var failure = CommandFailure(
                .socketForbidden, reason: "rpcctl.socket_forbidden",
                "You may not look into the directory \(directory).")
            failure.hints = ["ls -ld \(directory) shows its group, id shows yours"]
            return failure
        }
        return self.unreachable("There is no service's socket in \(directory).", hints: hints)
    }

    private static func missing(_ path: String, service: String?) -> CommandFailure {
        let directory = self.directory(of: path)
        guard access(directory, F_OK) == 0 else {
            var failure = self.examineDirectory(directory)
            failure.message = "There is no socket \(path): the directory does not exist."
            return failure
        }
        return self.unreachable(
            "There is no socket \(path): \(service ?? "the service") is not running, "
                + "or listens elsewhere.", hints: [self.startHint(service)])
    }

    private static func forbidden(
        _ path: String, service: String?, status: stat?
    ) -> CommandFailure {
        var message = "You may not open \(path)"
        var hints = ["ls -l \(path) shows its group, id shows yours"]
        if let status {
            let owner = Self.userName(status.st_uid)
            let group = Self.groupName(status.st_gid)
            let mode = String(status.st_mode & 0o777, radix: 8)
            message += " (mode 0\(mode), owner \(owner), group \(group))"
            hints = [
                "join the group: sudo usermod -aG \(group) \(self.userName(geteuid())), "
                    + "then log in again"
            ]
        }
        return CommandFailure(
            .socketForbidden, reason: "rpcctl.socket_forbidden", message + ".", hints: hints)
    }

    private static func unreachable(_ message: String, hints: [String]) -> CommandFailure {
        CommandFailure(.unreachable, reason: "rpcctl.unreachable", message, hints: hints)
    }

    private static func startHint(_ service: String?) -> String {
        service.map { "systemctl status steward-\($0), or deploy/up to start everything" }
            ?? "deploy/up starts everything"
    }

    private static func connectError(_ path: String) -> Int32? {
        var address = sockaddr_un()
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard path.utf8.count < capacity else { return ENAMETOOLONG }
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(AF_UNIX, kind, 0)
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        let result = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        return result == 0 ? nil : errno
    }

    private static func directory(of path: String) -> String {
        let directory = path.split(separator: "/", omittingEmptySubsequences: false)
            .dropLast().joined(separator: "/")
        return directory.isEmpty ? "/" : directory
    }

    /// The name of a user of this machine, or the number.
    static func userName(_ id: uid_t) -> String {
        getpwuid(id).map { String(cString: $0.pointee.pw_name) } ?? "\(id)"
    }

    private static func groupName(_ id: gid_t) -> String {
        getgrgid(id).map { String(cString: $0.pointee.gr_name) } ?? "\(id)"
    }
}
