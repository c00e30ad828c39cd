internal import AuditAPI
internal import FoundationEssentials
internal import IdentityAPI
internal import Logging
internal import RPC
internal import ServiceKit

/// Opens sessions and carries them on.
struct SignInHandlers: Sendable {
    let store: SignInStore
    let refreshes: RefreshStore
    let passwords: Passwords
    let tokens: TokenIssuer
    let throttle: ThrottleMode
    let gateways: Set<String>
    let audit: AuditOutbox

    func register(in methods: inout MethodTable) {
        methods.register(SignIn.self) { try await self.signIn($0, $1) }
        methods.register(RefreshSession.self) { try await self.refresh($0, $1) }
    }

    /// Whatever is wrong, one look-up, one password check and one write happen before the same
    /// answer, so that neither text nor time tells what it was.
    func signIn(_ request: SignIn, _ context: CallContext) async throws -> SignedIn {
        let source = SignInSource(context: context, gateways: self.gateways)
        let userAgent = try TextRules.checkOptional(
            request.userAgent, field: "userAgent", atMost: 512)
        let candidate = try await self.store.candidate(
            identifierKey: IdentifierRules.key(request.identifier), source: source,
            deadline: context.deadline)
        let isRefused = self.throttle == .on && candidate.isLocked
        let isRight = try await self.passwords.verify(
            request.password, against: isRefused ? nil : candidate.passwordHash)
        let evidence = SignInEvidence(source: source, userAgent: userAgent)
        if isRight, let userID = candidate.userID, let hash = candidate.passwordHash {
            let sessionID = UUID.version7()
            let refreshToken = RefreshToken()
            let events = try await self.audit.recordAttempt {
                [
                    try self.audit.record(
                        .signedIn(sessionID, of: userID, candidate.accountName, evidence),
                        in: context),
                    try self.audit.record(
                        .sessionLimitReached(by: sessionID, of: userID, candidate.accountName),
                        in: context, if: SessionStore.hasEndedBeyondLimit(userID)),
                ]
            } counting: {
                try await self.store.countFailure(
                    candidate, source: source, recording: [], deadline: context.deadline)
            }
            let opened = try await self.store.open(
                sessionID, for: candidate, source: source, userAgent: userAgent,
                refreshTokenHash: refreshToken.hash,
                upgradedHash: try await self.passwords.upgraded(request.password, from: hash),
                ignoresLocks: self.throttle == .off, recording: events,
                deadline: context.deadline)
            if let opened {
                return try await self.tokens.answer(opened, refreshToken: refreshToken)
            }
        }
        let failure = AuditFact.signInFailed(request.identifier, evidence)
        try await self.audit.recordFailure(failure, in: context) { event in
            try await self.store.countFailure(
                candidate, source: source, recording: event, deadline: context.deadline)
        }
        throw RPCError.credentialsInvalid
    }

    func refresh(_ request: RefreshSession, _ context: CallContext) async throws -> SignedIn {
        guard let token = RefreshToken(request.refreshToken) else {
            throw RPCError.refreshTokenInvalid
        }
        let source = SignInSource(context: context, gateways: self.gateways)
        let outcome = try await self.refreshes.exchange(
            token, for: RefreshToken(), clientAddress: source.clientAddress,
            recording: { fact, condition in
                var fact = fact
                fact.payload.clientAddress = source.clientAddress.map { "\($0)" }
                return try self.audit.record(fact, in: context, if: condition)
            }, deadline: context.deadline)
        switch outcome {
        case .refreshed(let session):
            return try await self.tokens.answer(session)
        case .reused:
            context.logger.notice("a refresh token was used again; its session was ended")
            throw RPCError.tokenReused
        case .refused:
            throw RPCError.refreshTokenInvalid
        }
    }
}
