internal import Glibc

/// An address of the loopback with a port, `127.0.0.1:7100` or `[::1]:7100`.
///
/// Nothing but the loopback is accepted: a service that listens without TLS must not be reachable
/// from another machine by a slip of configuration.
struct LoopbackAddress: Sendable, Hashable, CustomStringConvertible {
    /// The host as written, without brackets.
    let host: String
    /// 0 lets the system choose.
    let port: UInt16

    /// Reads an address; `nil` if it is not on the loopback or not an address.
    init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = String(text[..<colon])
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = String(host.dropFirst().dropLast())
            guard host == "::1" else { return nil }
        } else {
            var address = in_addr()
            guard inet_pton(AF_INET, host, &address) == 1,
                UInt32(bigEndian: address.s_addr) >> 24 == 127
            else { return nil }
        }
        self.host = host
        self.port = port
    }

    /// The form that is read.
    var description: String {
        self.host == "::1" ? "[::1]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
