import RPC

/// Tells failures of the way to the service from failures that the service reported.
enum TransportFailure {
    /// Reasons that the client gives when it never got through.
    private static let unreachable: Set = ["rpc.cannot_connect", "rpc.not_connected"]
    /// Reasons of `unavailable` that speak of the service or of a lost connection, not of a peer
    /// that breaks the protocol.
    private static let ordinary: Set = [
        "rpc.connection_lost", "rpc.draining", "rpc.client_closed",
    ]
    /// Answers that can't be understood.
    private static let misunderstood: Set = ["rpc.reply_invalid", "rpc.reply_missing"]

    /// The failure to show for an error of the client.
    static func explain(
        _ error: RPCError, addresses: [RPCAddress], service: String?
    ) -> CommandFailure {
        var failure = CommandFailure(error)
        if self.unreachable.contains(error.reason) {
            for case .unix(let path) in addresses {
                if let finding = SocketDoctor.connect(path, service: service) { return finding }
            }
            failure.status = .unreachable
            failure.code = nil
            failure.retry = nil
            failure.details = [:]
            failure.hints.append("check the address, and that the service listens on it")
        } else if error.code == .unavailable, error.reason == "rpc.connection_lost" {
            failure.status = .unreachable
        } else if error.code == .unavailable, error.reason.hasPrefix("rpc."),
            !self.ordinary.contains(error.reason)
        {
            failure.status = .protocolFailure
            failure.hints.append("is it a Steward service that listens there?")
        } else if self.misunderstood.contains(error.reason) {
            failure.status = .protocolFailure
        }
        return failure
    }
}
