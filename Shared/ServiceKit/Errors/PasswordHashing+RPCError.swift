package import RPC
package import Sodium

/// A full queue of password hashes: come back, nothing was done.
extension PasswordHashingQueueFull: RPCErrorConvertible {
    package var rpcError: RPCError {
        RPCError(
            .resourceExhausted, reason: "service.busy",
            message: "Too many people sign in at the moment.", retry: .after(self.retryAfter))
    }
}
