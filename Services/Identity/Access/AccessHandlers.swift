internal import IdentityAPI
internal import RPC

/// Tells services who may do what.
struct AccessHandlers: Sendable {
    let following: AccessFollowing
    let keys: SigningKeyStore

    func register(in methods: inout MethodTable) {
        methods.register(WatchAccess.self) { try await self.watch($0, $1, $2) }
        methods.register(ListSigningKeys.self) { try await self.listKeys($0, $1) }
    }

    func watch(
        _ request: WatchAccess, _ outbound: OutboundStream<AccessEvent>, _ context: CallContext
    ) async throws {
        try await self.following.follow(
            after: request.after, includesProfiles: request.includesProfiles == true
        ) { try await outbound.send($0) }
    }

    func listKeys(
        _ request: ListSigningKeys, _ context: CallContext
    ) async throws -> SigningKeyList {
        SigningKeyList(keys: try await self.keys.list(deadline: context.deadline))
    }
}
