internal import FoundationEssentials
internal import IdentityAPI
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
