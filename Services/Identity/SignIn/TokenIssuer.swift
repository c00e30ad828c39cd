internal import FoundationEssentials
internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// Issues access tokens and makes the answer that carries them.
struct TokenIssuer: Sendable {
    let signer: AccessTokenSigner

    /// The answer to a sign-in.
    func answer(_ session: OpenedSession, refreshToken: RefreshToken) async throws -> SignedIn {
        try await self.answer(
            sessionID: session.sessionID, user: session.user,
            authenticatedAt: session.authenticatedAt, refreshToken: refreshToken,
            refreshTokenExpiresAt: session.refreshTokenExpiresAt)
    }

    /// The answer to a refresh.
    func answer(_ session: RefreshedSession) async throws -> SignedIn {
        try await self.answer(
            sessionID: session.sessionID, user: session.user,
            authenticatedAt: session.authenticatedAt, refreshToken: session.refreshToken,
            refreshTokenExpiresAt: session.refreshTokenExpiresAt)
    }

    /// A token for one service, which ends when the caller's own does.
    func token(for audience: TokenAudience, to caller: Caller) async throws -> IssuedToken {
        let now = Date.now
        let rest = Duration.seconds(caller.expiresAt.timeIntervalSince(now).rounded(.down))
        let claims = AccessTokenClaims(
            userID: caller.userID, sessionID: caller.sessionID,
            authenticatedAt: min(caller.authenticatedAt, now), issuedAt: now,
            validity: min(max(rest, .seconds(1)), AccessTokenClaims.longestValidity),
            audience: audience.rawValue)
        return IssuedToken(
            accessToken: try await self.signer.sign(claims),
            accessTokenExpiresAt: claims.expiresAt)
    }

    private func answer(
        sessionID: UUID, user: User, authenticatedAt: Date, refreshToken: RefreshToken,
        refreshTokenExpiresAt: Date
    ) async throws -> SignedIn {
        let now = Date.now
        let claims = AccessTokenClaims(
            userID: user.id, sessionID: sessionID,
            // The database's clock may be ahead of this machine's by a little.
            authenticatedAt: min(authenticatedAt, now), issuedAt: now)
        return SignedIn(
            accessToken: try await self.signer.sign(claims),
            accessTokenExpiresAt: claims.expiresAt, refreshToken: refreshToken.text,
            refreshTokenExpiresAt: refreshTokenExpiresAt, sessionID: sessionID, user: user)
    }
}
