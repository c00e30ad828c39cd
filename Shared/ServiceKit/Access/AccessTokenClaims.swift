package import JWTKit

package import struct FoundationEssentials.Date
package import struct FoundationEssentials.UUID

/// What an access token says (RFC 7519, RFC 9068): who, in which session, until when.
///
/// It carries no permissions: those are looked up in the ``AccessState``, where a change counts at
/// once.  Times are whole seconds since 1970.
package struct AccessTokenClaims: JWTPayload, Hashable {
    /// The issuer of every token of an installation.
    package static let issuer = "steward"
    /// The audience of an ordinary token.
    package static let audience = "steward"
    /// The longest time a token may be valid.
    package static let longestValidity: Duration = .seconds(300)

    /// The issuer.
    package var iss: String
    /// The person.
    package var sub: UUID
    /// The session.
    package var sid: UUID
    /// Whom the token is for.
    package var aud: String
    /// When it was issued.
    package var iat: Int64
    /// When it stops being valid.
    package var exp: Int64
    /// The token's own identifier.
    package var jti: UUID
    /// When the person last proved who they are.
    package var authTime: Int64

    private enum CodingKeys: String, CodingKey {
        case iss, sub, sid, aud, iat, exp, jti
        case authTime = "auth_time"
    }

    /// Makes the claims of a token that is issued now.
    ///
    /// - Parameters:
    ///   - userID: the person.
    ///   - sessionID: the session.
    ///   - authenticatedAt: when the person last proved who they are.
    ///   - issuedAt: now; cut to the second.
    ///   - validity: at most ``longestValidity``.
    ///   - audience: whom it is for.
    ///   - tokenID: the token's own identifier.
    package init(
        userID: UUID, sessionID: UUID, authenticatedAt: Date, issuedAt: Date,
        validity: Duration = longestValidity, audience: String = audience, tokenID: UUID = UUID()
    ) {
        precondition(validity <= Self.longestValidity, "a token is valid for 300 s at most")
        self.iss = Self.issuer
        self.sub = userID
        self.sid = sessionID
        self.aud = audience
        self.iat = Int64(issuedAt.timeIntervalSince1970.rounded(.down))
        self.exp = self.iat + validity.components.seconds
        self.jti = tokenID
        self.authTime = Int64(authenticatedAt.timeIntervalSince1970.rounded(.down))
    }

    /// Nothing beyond the signature: ``problem(at:audiences:)`` needs the time and the audience.
    package func verify(using algorithm: some JWTAlgorithm) async throws {}

    /// Why the claims do not count now, if they do not.
    ///
    /// A token may have been issued up to 30 s in the future, for clocks that differ; its end is
    /// never stretched.
    func problem(at now: Date, audiences: Set<String>) -> AccessRefusal? {
        let now = now.timeIntervalSince1970
        let (validity, overflow) = self.exp.subtractingReportingOverflow(self.iat)
        guard self.iss == Self.issuer, audiences.contains(self.aud), !overflow, validity > 0,
            validity <= Self.longestValidity.components.seconds,
            self.iat > 0, Double(self.iat) <= now + 30, self.authTime > 0, self.authTime <= self.iat
        else { return .tokenInvalid }
        return Double(self.exp) > now ? nil : .tokenExpired
    }

    /// When the token stops being valid.
    package var expiresAt: Date { Date(timeIntervalSince1970: Double(self.exp)) }
    /// When the person last proved who they are.
    package var authenticatedAt: Date { Date(timeIntervalSince1970: Double(self.authTime)) }
}
