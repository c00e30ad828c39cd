internal import FoundationEssentials
internal import Postgres
internal import RPC
internal import Sodium

/// Where an attempt to sign in comes from, as far as anybody trustworthy says.
struct SignInSource: Sendable, Hashable {
    /// The person's address, if a gateway told it.
    let clientAddress: InternetAddress?
    /// Stands for the process that called together with the person's address.
    let hash: Data

    /// The key of call metadata in which a gateway tells the person's address.
    static let addressKey = "client-address"

    /// Tells where a call comes from.
    ///
    /// - Parameter gateways: the peer names whose word on the person's address is believed.
    init(context: CallContext, gateways: Set<String>) {
        self.init(peer: context.peer, metadata: context.metadata, gateways: gateways)
    }

    /// Tells where a call comes from.
    init(peer: Peer, metadata: [String: String], gateways: Set<String>) {
        let isGateway = !peer.names.isDisjoint(with: gateways)
        self.clientAddress =
            isGateway ? metadata[Self.addressKey].flatMap { InternetAddress($0) } : nil
        let process = peer.uid.map { "uid \($0)" } ?? "anonymous"
        let address = self.clientAddress.map { "\($0)" } ?? ""
        self.hash = Data(Sodium.sha256("source\0\(process)\0\(address)"))
    }
}
