/// Decides, before a handler runs, whether a call may be made and on whose behalf.
package protocol CallAuthorizer: Sendable {
    /// Checks one call against its method's access rule.
    ///
    /// - Parameters:
    ///   - contract: the method that is called.
    ///   - token: the access token that came with the call.
    ///   - peer: the process that called.
    /// - Returns: the person, if a valid token came with the call (also where none is needed).
    /// - Throws: an ``RPCError`` that is sent to the caller.
    func authorize(
        _ contract: MethodContract, token: String?, peer: Peer
    ) async throws -> Caller?

    /// Hears that a call it let through has failed, before the caller does.
    ///
    /// - Throws: what the caller is told instead.
    func failed(_ error: RPCError, in context: CallContext) async throws

    /// Calls `end` once, soon after the caller's session stops being valid; used to end streams.
    ///
    /// - Returns: a registration; dropping it (or calling `cancel`) forgets `end`.
    func whenRevoked(
        _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration
}

extension CallAuthorizer {
    /// Failures are nothing to it.
    package func failed(_ error: RPCError, in context: CallContext) async throws {}
}

/// Keeps a wish to hear of a revocation alive; forgets it when cancelled.
package struct RevocationRegistration: Sendable {
    private let onCancel: @Sendable () -> Void

    /// Makes a registration that runs `onCancel` when it is no longer wanted.
    package init(onCancel: @escaping @Sendable () -> Void = {}) { self.onCancel = onCancel }

    /// Forgets the wish; harmless when it already fired.
    package func cancel() { self.onCancel() }
}

/// Lets everybody call methods for `anyone`, and peers what is for them; refuses the rest: for
/// tests of the transport.
package struct OpenAuthorizer: CallAuthorizer {
    /// Makes one.
    package init() {}

    package func authorize(
        _ contract: MethodContract, token: String?, peer: Peer
    ) async throws -> Caller? {
        switch contract.access {
        case .anyone: return nil
        case .peers(let names) where names.contains(where: peer.names.contains): return nil
        default:
            throw RPCError(
                .permissionDenied, reason: "rpc.access_denied",
                message: "This server grants access to public methods only.")
        }
    }

    package func whenRevoked(
        _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration { RevocationRegistration() }
}
