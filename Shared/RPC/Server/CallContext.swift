package import Logging

/// What a handler knows of the call it serves, apart from the request.
package struct CallContext: Sendable {
    /// The method's name on the wire.
    package let method: String
    /// The process at the other end of the connection, as the kernel or TLS names it.
    package let peer: Peer
    /// The person on whose behalf the call is made; `nil` where the access rule needs none.
    package let caller: Caller?
    /// When the caller stops waiting; `nil` for a stream without bound.
    package let deadline: ContinuousClock.Instant?
    /// The key that makes a repeated write harmless, as the caller sent it.
    package let idempotencyKey: String?
    /// How often the caller has sent this request before, counting from 0.
    package let attempt: Int
    /// The W3C trace this call belongs to, if the caller sent one.
    package let trace: TraceContext?
    /// Free key-value pairs of the caller.
    package let metadata: [String: String]
    /// The token exactly as it came, to hand on to another service on the person's behalf.
    package let token: String?
    /// Logs with the call's method, peer and trace attached.
    package let logger: Logger

    /// The person, or a refusal where the access rule let a call without one through.
    package func requireCaller() throws -> Caller {
        guard let caller else {
            throw RPCError(
                .unauthenticated, reason: "rpc.token_missing", message: "Sign in first.")
        }
        return caller
    }

    /// Options for a nested call to another service: what is left of the time, and the same trace.
    package func nestedOptions(passingToken: Bool = false) -> CallOptions {
        var options = CallOptions()
        options.timeout = self.deadline.map { max(.zero, ContinuousClock.now.duration(to: $0)) }
        options.trace = self.trace?.child()
        options.token = passingToken ? self.token : nil
        return options
    }
}
