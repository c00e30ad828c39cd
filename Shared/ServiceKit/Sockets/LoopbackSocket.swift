internal import Glibc

extension LoopbackAddress {
    /// Makes a socket that listens here.
    ///
    /// - Returns: the descriptor, owned by the caller, and the port, chosen by the system for 0.
    /// - Throws: ``StartupError`` naming the address.
    func listen() throws(StartupError) -> (descriptor: CInt, port: UInt16) {
        let isIPv6 = self.host == "::1"
        let socket = FileDescriptor.socket(
            domain: isIPv6 ? AF_INET6 : AF_INET, type: SOCK_STREAM)
        guard socket.number >= 0 else { throw self.failure }
        var isOn: CInt = 1
        // Without it a restart has to wait for old connections; that is the only harm.
        _ = setsockopt(
            socket.number, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<CInt>.size))
        guard self.bind(socket.number, isIPv6: isIPv6), Glibc.listen(socket.number, 4_096) == 0,
            let port = Self.port(of: socket.number)
        else { throw self.failure }
        return (socket.release(), port)
    }

    private var failure: StartupError {
        .failed("STEWARD_LISTEN_TCP: cannot listen on \(self): \(SystemError.last).")
    }

    private func bind(_ descriptor: CInt, isIPv6: Bool) -> Bool {
        if isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = self.port.bigEndian
            guard inet_pton(AF_INET6, self.host, &address.sin6_addr) == 1 else { return false }
            return Self.withSocketAddress(address) { Glibc.bind(descriptor, $0, $1) } == 0
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = self.port.bigEndian
        guard inet_pton(AF_INET, self.host, &address.sin_addr) == 1 else { return false }
        return Self.withSocketAddress(address) { Glibc.bind(descriptor, $0, $1) } == 0
    }

    private static func withSocketAddress<Address, Result>(
        _ address: Address, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<Address>.size))
            }
        }
    }

    private static func port(of descriptor: CInt) -> UInt16? {
        // The port stands at the same place for both families.
        var address = sockaddr_in6()
        var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                getsockname(descriptor, $0, &length)
            }
        }
        return status == 0 ? UInt16(bigEndian: address.sin6_port) : nil
    }
}
