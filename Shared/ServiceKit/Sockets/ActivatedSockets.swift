internal import Glibc

/// Listening sockets that systemd opened for this process (sd_listen_fds(3)).
enum ActivatedSockets {
    private static let firstDescriptor: CInt = 3
    private static let countLimit: CInt = 16

    /// Takes the sockets over; empty if systemd passed none.
    ///
    /// - Parameters:
    ///   - environment: `LISTEN_PID` and `LISTEN_FDS`.
    ///   - processID: of this process; sockets for another are left alone.
    /// - Throws: ``StartupError`` if what was passed is not a listening stream socket.
    static func take(
        environment: [String: String], processID: Int32 = getpid()
    ) throws(StartupError) -> [CInt] {
        guard let countText = environment["LISTEN_FDS"],
            environment["LISTEN_PID"] == "\(processID)"
        else { return [] }
        guard let count = CInt(countText), (0...Self.countLimit).contains(count) else {
            throw .configuration("LISTEN_FDS is \(countText), which is no number of sockets.")
        }
        var descriptors: [CInt] = []
        for descriptor in Self.firstDescriptor..<(Self.firstDescriptor + count) {
            guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
                Self.option(SO_TYPE, of: descriptor) == CInt(SOCK_STREAM.rawValue)
            else {
                throw .configuration(
                    "Descriptor \(descriptor) that systemd passed is no listening stream socket.")
            }
            // A descriptor that answered above takes both flags.
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
            descriptors.append(descriptor)
        }
        // A child must not take them for its own.
        unsetenv("LISTEN_PID")
        unsetenv("LISTEN_FDS")
        unsetenv("LISTEN_FDNAMES")
        return descriptors
    }

    private static func option(_ name: CInt, of descriptor: CInt) -> CInt? {
        var value: CInt = 0
        var length = socklen_t(MemoryLayout<CInt>.size)
        guard getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 else { return nil }
        return value
    }
}
