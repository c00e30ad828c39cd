package import RPC

/// Why a token does not count.
package enum AccessRefusal: Error, Sendable, Hashable {
    /// It is not a token of this installation: malformed, forged, or for something else.
    case tokenInvalid
    /// Its time is over; a fresh one will do.
    case tokenExpired
    /// Its session was ended; sign in again.
    case sessionRevoked
    /// The person may not do anything at present.
    case personInactive
    /// Identity has not been heard for too long to decide.
    case accessStale

    /// What the caller is told.
    package var rpcError: RPCError {
        switch self {
        case .tokenInvalid:
            RPCError(
                .unauthenticated, reason: "rpc.token_invalid",
                message: "The access token is not valid.")
        case .tokenExpired:
            RPCError(
                .unauthenticated, reason: "rpc.token_expired",
                message: "The access token has expired.")
        case .sessionRevoked, .personInactive:
            RPCError(
                .unauthenticated, reason: "rpc.session_revoked",
                message: "The session has ended.  Sign in again.")
        case .accessStale:
            RPCError(
                .unavailable, reason: "access.stale",
                message:
                    "Identity was not heard for so long that access cannot be decided at the "
                    + "moment.",
                retry: .after(.seconds(1)))
        }
    }
}
