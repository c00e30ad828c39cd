/// Where a service listens.
public enum RPCAddress: Sendable, Hashable {
    /// A Unix socket.
    case unix(path: String)
    /// TCP.
    case tcp(host: String, port: Int)

    /// Reads `unix:/path`, a bare absolute path, or `tcp:host:port`; `nil` for anything else.
    public init?(_ text: String) {
        if text.hasPrefix("/") {
            self = .unix(path: text)
        } else if text.hasPrefix("unix:"), text.utf8.count > 5 {
            self = .unix(path: String(text.dropFirst(5)))
        } else if text.hasPrefix("tcp:"), let colon = text.lastIndex(of: ":"),
            let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port)
        {
            let host = text.dropFirst(4).prefix(upTo: colon)
            guard !host.isEmpty else { return nil }
            self = .tcp(host: String(host), port: port)
        } else {
            return nil
        }
    }
}

extension RPCAddress: CustomStringConvertible {
    /// The form that `init(_:)` reads.
    public var description: String {
        switch self {
        case .unix(let path): "unix:\(path)"
        case .tcp(let host, let port): "tcp:\(host):\(port)"
        }
    }
}
