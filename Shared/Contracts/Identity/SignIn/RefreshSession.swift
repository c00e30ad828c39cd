public import RPC

/// Exchanges a refresh token for the session's next pair of tokens.
///
/// Each token is good for one exchange.  For 10 seconds after it, the same token gets the same
/// successor again, so that parallel and repeated calls do no harm; a token that comes later, or
/// whose successor was itself exchanged, has been copied: it ends the session
/// (`identity.token_reused`).
public struct RefreshSession: UnaryMethod {
    /// The latest refresh token of the session.
    public var refreshToken: String

    /// Asks for the next pair.
    public init(refreshToken: String) { self.refreshToken = refreshToken }

    public typealias Reply = SignedIn

    public static let contract = MethodContract(
        "identity.RefreshSession",
        documentation: "Exchanges a refresh token for new tokens; a copied one ends the session.",
        access: .anyone,
        repeatability: .idempotent,
        keyedAnswer: .credential,
        auditAction: "session_refreshed",
        unknownFields: .reject,
        defaultTimeout: .seconds(8)
    )

    public static let fieldDocumentation = [
        "refreshToken": "The latest refresh token of the session."
    ]
}
