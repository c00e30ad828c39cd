internal import Locks
internal import Sodium

/// Verifies access tokens against the keys and revocations of an ``AccessState``.
///
/// A signature is verified once per token and remembered; everything that can change (the time, the
/// key, the session, the person) is looked at on every call.
package final class AccessTokenVerifier: Sendable {
    /// The longest token that is looked at, in bytes.
    package static let byteCountLimit = 2_048

    private let state: AccessState
    private let audiences: Set<String>
    private let cache = Mutex(VerifiedTokenCache())

    /// Makes a verifier.
    ///
    /// - Parameters:
    ///   - state: what is known of keys, people and sessions.
    ///   - audiences: whom tokens may be for.
    package init(
        state: AccessState, audiences: Set<String> = [AccessTokenClaims.audience]
    ) {
        self.state = state
        self.audiences = audiences
    }

    /// The claims of a token that counts now.
    ///
    /// - Throws: ``AccessRefusal``.
    package func verify(_ token: String) async throws(AccessRefusal) -> AccessTokenClaims {
        guard token.utf8.count <= Self.byteCountLimit else { throw .tokenInvalid }
        let fingerprint = Fingerprint(of: token)
        if let entry = self.cache.withLock({ $0.entry(fingerprint) }) {
            do throws(AccessRefusal) {
                try self.check(entry)
                return entry.claims
            } catch {
                // None of these refusals is ever taken back, but for a stale or renewed snapshot.
                self.cache.withLock { $0.remove(fingerprint) }
                throw error
            }
        }
        let entry = try await self.verifySignature(token)
        try self.check(entry)
        self.cache.withLock { $0.insert(entry, fingerprint) }
        return entry.claims
    }

    private func verifySignature(
        _ token: String
    ) async throws(AccessRefusal) -> VerifiedTokenCache.Entry {
        let parts = token.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let header = AccessTokenHeader(encoded: parts[0]),
            // jwt-kit reads both leniently; here there is one way to write them.
            let payload = Base64URL.decode(parts[1]), !payload.isEmpty,
            Base64URL.decode(parts[2])?.count == 64,
            let key = self.state.withSnapshot({ $0.keys[header.keyID] })
        else { throw .tokenInvalid }
        do {
            let claims = try await key.verify(token)
            return VerifiedTokenCache.Entry(claims: claims, keyID: key.id)
        } catch {
            throw .tokenInvalid
        }
    }

    private func check(_ entry: VerifiedTokenCache.Entry) throws(AccessRefusal) {
        if let problem = entry.claims.problem(at: self.state.now, audiences: self.audiences) {
            throw problem
        }
        let refusal = self.state.withSnapshot { snapshot -> AccessRefusal? in
            guard snapshot.keys[entry.keyID] != nil else { return .tokenInvalid }
            return snapshot.refusal(of: entry.claims)
        }
        if let refusal { throw refusal }
    }
}
