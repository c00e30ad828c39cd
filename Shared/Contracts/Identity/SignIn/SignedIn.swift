public import RPC

public import struct FoundationEssentials.Date
public import struct FoundationEssentials.UUID

/// A session's current tokens, and whose they are.
public struct SignedIn: Codable, Hashable, Sendable, DocumentedFields {
    /// Goes with each call; a signed token of at most five minutes.
    public var accessToken: String
    /// When the access token stops being valid.
    public var accessTokenExpiresAt: Date
    /// Buys the next pair of tokens, once; keep it secret.
    public var refreshToken: String
    /// When the refresh token stops being valid if it is not used.
    public var refreshTokenExpiresAt: Date
    /// The session that both tokens belong to.
    public var sessionID: UUID
    /// Who signed in.
    public var user: User

    /// Makes an answer.
    public init(
        accessToken: String,
        accessTokenExpiresAt: Date,
        refreshToken: String,
        refreshTokenExpiresAt: Date,
        sessionID: UUID,
        user: User
    ) {
        self.accessToken = accessToken
        self.accessTokenExpiresAt = accessTokenExpiresAt
        self.refreshToken = refreshToken
        self.refreshTokenExpiresAt = refreshTokenExpiresAt
        self.sessionID = sessionID
        self.user = user
    }

    public static let fieldDocumentation = [
        "accessToken": "Goes with each call; a signed token of at most five minutes.",
        "accessTokenExpiresAt": "When the access token stops being valid.",
        "refreshToken": "Buys the next pair of tokens, once; keep it secret.",
        "refreshTokenExpiresAt": "When the refresh token stops being valid if it is not used.",
        "sessionID": "The session that both tokens belong to.",
        "user": "Who signed in.",
    ]
}
