/// The process at the other end of a connection: what the kernel or TLS says, nothing it claims.
package struct Peer: Sendable, Hashable {
    /// Where the identity comes from.
    package enum Source: Sendable, Hashable {
        /// A Unix socket: the kernel's answer at the time of connecting (SO_PEERCRED).
        case unixSocket(uid: UInt32, gid: UInt32, pid: Int32)
        /// TCP on the loopback: nothing is known of the peer.
        case anonymous
        /// The same process, in tests.
        case inProcess
    }

    /// Where the identity comes from.
    package let source: Source
    /// The services and operators that configuration maps this peer to.
    package let names: Set<String>

    /// Describes a peer.
    package init(source: Source, names: Set<String> = []) {
        self.source = source
        self.names = names
    }

    /// The peer's user id on this machine, if the kernel told it.
    package var uid: UInt32? {
        guard case .unixSocket(let uid, _, _) = self.source else { return nil }
        return uid
    }
}

extension Peer: CustomStringConvertible {
    /// A short form for logs.
    package var description: String {
        let name = self.names.sorted().joined(separator: "|")
        return switch self.source {
        case .unixSocket(let uid, _, let pid):
            "unix uid=\(uid) pid=\(pid)\(name.isEmpty ? "" : " \(name)")"
        case .anonymous: "tcp"
        case .inProcess: "in process"
        }
    }
}
