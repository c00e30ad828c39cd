import FoundationEssentials
import IdentityAPI
import RPC

/// Hands out an access token that is good for at least the next minute, if somebody is signed in.
struct TokenSource: Sendable {
    /// A token that ends sooner is exchanged first.
    static let margin: TimeInterval = 60

    let file: SessionFile
    /// Where identity is; a session of another installation counts as none.
    let origin: String
    /// Exchanges a refresh token.
    let refresh: @Sendable (_ refreshToken: String) async throws -> SignedIn
    /// Tells the person something that does not belong to the result.
    let notice: @Sendable (String) -> Void

    /// The token to send, or `nil` if nobody is signed in here.
    func token() async throws -> String? {
        guard let session = try self.current() else { return nil }
        guard self.isAboutToEnd(session) else { return session.accessToken }
        return try await self.exchange(session.accessToken)
    }

    /// Another token in place of one that a service refused; `nil` if there is none to be had.
    func token(insteadOf refused: String) async throws -> String? {
        try await self.exchange(refused)
    }

    /// Asks something with a token, and once more with a new one if the first is refused.
    ///
    /// - Throws: ``CommandFailure/notSignedIn``, or what the question throws.
    func ask<Answer>(_ question: (_ token: String) async throws -> Answer) async throws -> Answer {
        guard let token = try await self.token() else { throw CommandFailure.notSignedIn }
        do {
            return try await question(token)
        } catch let failure as CommandFailure where Self.isRefusal(failure.code, failure.reason) {
            guard let next = try await self.token(insteadOf: token) else { throw failure }
            return try await question(next)
        }
    }

    /// Whether a failure speaks of the token, not of what was asked.
    static func isRefusal(_ code: RPCErrorCode?, _ reason: String) -> Bool {
        code == .unauthenticated && reason.hasPrefix("rpc.")
    }

    /// Whoever is signed in at this installation.
    func current() throws -> StoredSession? {
        guard let session = try self.file.load(), session.origin == self.origin else { return nil }
        return session
    }

    /// Keeps the tokens of a sign-in.
    func begin(_ signedIn: SignedIn) async throws {
        try await FileLock(path: self.file.lockPath).held {
            try self.file.save(StoredSession(signedIn, origin: self.origin))
        }
    }

    private func exchange(_ old: String) async throws -> String? {
        try await FileLock(path: self.file.lockPath).held { try await self.exchangeLocked(old) }
    }

    private func exchangeLocked(_ old: String) async throws -> String? {
        // Another rpcctl may have done it while this one waited for the lock.
        guard let session = try self.current() else { return nil }
        if session.accessToken != old, !self.isAboutToEnd(session) { return session.accessToken }
        do {
            let next = StoredSession(
                try await self.refresh(session.refreshToken), origin: self.origin)
            try self.file.save(next)
            return next.accessToken
        } catch let error as RPCError where error.code == .unauthenticated {
            try self.file.remove()
            self.notice("Your session has ended: \(error.message) Sign in again: rpcctl sign-in")
            return nil
        } catch let error as RPCError where error.code == .unavailable {
            // Identity is away: the token may still do for services that are not.
            guard session.accessTokenExpiresAt > Date() else { throw error }
            return session.accessToken
        }
    }

    private func isAboutToEnd(_ session: StoredSession) -> Bool {
        session.accessTokenExpiresAt < Date(timeIntervalSinceNow: Self.margin)
    }
}
