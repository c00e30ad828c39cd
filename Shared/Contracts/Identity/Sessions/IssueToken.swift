public import RPC

public import struct FoundationEssentials.Date

/// Issues an access token for one service, which that service's most dangerous methods ask for: a
/// token that another service received does not open them.
///
/// It is the caller's own session that it speaks for, until the caller's token ends, and no other
/// service takes it.  It is issued only where people come in: a service that works on somebody's
/// behalf is handed one for the call that needs it, and cannot get one for a token that it was
/// given for something else.
public struct IssueToken: UnaryMethod {
    /// The service that is to take it: `vault`.
    public var audience: TokenAudience

    /// Asks for a token.
    public init(audience: TokenAudience) { self.audience = audience }

    public typealias Reply = IssuedToken

    public static let contract = MethodContract(
        "identity.IssueToken",
        documentation: "Issues an access token for one service's most dangerous methods.",
        access: .all([
            .peers(["operator", "gateway"]), .signedIn,
        ]),
        repeatability: .idempotent,
        keyedAnswer: .credential,
        auditAction: "token_issued",
        unknownFields: .reject
    )

    public static let fieldDocumentation = [
        "audience": "The service that is to take it: vault."
    ]
}

/// A service that takes tokens of its own.
public struct TokenAudience: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    /// The vault, for the methods that release values.
    public static let vault = Self(rawValue: "vault")

    public static let knownCases: [Self] = [.vault]
}

/// An access token for one service.
public struct IssuedToken: Codable, Hashable, Sendable, DocumentedFields {
    /// What goes with calls to that service.
    public var accessToken: String
    /// When it stops being valid.
    public var accessTokenExpiresAt: Date

    /// Describes a token.
    public init(accessToken: String, accessTokenExpiresAt: Date) {
        self.accessToken = accessToken
        self.accessTokenExpiresAt = accessTokenExpiresAt
    }

    public static let fieldDocumentation = [
        "accessToken": "What goes with calls to that service.",
        "accessTokenExpiresAt": "When it stops being valid.",
    ]
}
