import IdentityAPI
import RPC

extension Installation {
    /// Identity, where this installation's sessions begin and end.
    func identity() throws -> ServiceConnection {
        try ServiceConnection(service: "identity", installation: self.withoutAddressOverride)
    }

    /// Exchanges a refresh token.
    ///
    /// - Throws: ``RPCError``; a missing socket counts as `unavailable`.
    func refresh(_ refreshToken: String) async throws -> SignedIn {
        do {
            return try await self.identity().client.call(
                RefreshSession(refreshToken: refreshToken),
                options: CallOptions(timeout: ServiceConnection.standardPatience))
        } catch let failure as CommandFailure {
            throw RPCError(.unavailable, reason: failure.reason, message: failure.message)
        }
    }
}
