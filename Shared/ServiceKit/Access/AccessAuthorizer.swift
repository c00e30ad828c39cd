internal import AuditAPI
package import Logging
package import RPC
internal import ServiceLifecycle

/// Decides about calls by their method's rule, the caller's token and the ``AccessState``.
///
/// A token that is present must be valid, also where none is needed.  While the state is stale,
/// only methods whose rule does not speak of people are served, and to callers without a token or
/// to anyone: rather refuse than guess.
///
/// It is also a service that must run beside the server: it ends streams whose token expires.
/// ``ServiceRunner`` runs it.
package final class AccessAuthorizer: CallAuthorizer, Service {
    private let state: AccessState
    private let verifier: AccessTokenVerifier
    private let denials: DenialLog
    private let recorder: DenialRecorder?
    private let recordedReasons: Set<String>
    private let furtherReasons: Set<String>
    private let whyStale: @Sendable () -> RPCError?
    private let clock: AccessClock

    /// Makes an authorizer.
    ///
    /// - Parameters:
    ///   - state: kept current by an ``AccessFollower``.
    ///   - audiences: whom tokens may be for.
    ///   - recorder: records each denial in the audit log before the caller hears of it.
    ///   - recordedReasons: why handlers refuse calls and record it themselves.
    ///   - furtherReasons: why handlers refuse calls with a code that does not say that they do.
    ///   - whyStale: what a caller is told instead of `access.stale`, where the service knows
    ///     better why nothing can be decided.
    ///   - logger: where denials are written, at `notice`.
    package init(
        state: AccessState,
        audiences: Set<String> = [AccessTokenClaims.audience],
        recorder: DenialRecorder? = nil,
        recordedReasons: Set<String> = [],
        furtherReasons: Set<String> = [],
        whyStale: @escaping @Sendable () -> RPCError? = { nil },
        logger: Logger,
        clock: AccessClock = .system
    ) {
        self.state = state
        self.verifier = AccessTokenVerifier(state: state, audiences: audiences)
        self.denials = DenialLog(logger: logger)
        self.recorder = recorder
        self.recordedReasons = recordedReasons
        self.furtherReasons = furtherReasons
        self.whyStale = whyStale
        self.clock = clock
    }

    package func authorize(
        _ contract: MethodContract, token: String?, peer: Peer
    ) async throws -> Caller? {
        var claims: AccessTokenClaims?
        do {
            return try await self.decide(contract.access, token: token, peer: peer, &claims)
        } catch {
            self.denials.record(
                method: contract.name, reason: error.reason, peer: peer.auditName,
                at: self.clock.instant())
            if error.isRefusal {
                try await self.recorder?.record(
                    AuditFact(
                        .accessDenied, outcome: .denied, reason: error.reason,
                        actorID: claims?.sub, sessionID: claims?.sid, priority: .denial),
                    method: contract.name, peer: peer)
            }
            throw error
        }
    }

    package func failed(_ error: RPCError, in context: CallContext) async throws {
        guard error.isRefusal || self.furtherReasons.contains(error.reason),
            !self.recordedReasons.contains(error.reason)
        else { return }
        self.denials.record(
            method: context.method, reason: error.reason, peer: context.peer.auditName,
            at: self.clock.instant())
        try await self.recorder?.record(
            AuditFact(.accessDenied, outcome: .denied, reason: error.reason, priority: .denial),
            in: context)
    }

    package func whenRevoked(
        _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration {
        self.state.whenRevoked(caller, end: end)
    }

    package func run() async throws {
        // Being asked to stop is how it ends.
        try? await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                try await Task.sleep(for: .seconds(1))
                self.state.tick()
                self.denials.flush(at: self.clock.instant())
            }
        }
    }

    private func decide(
        _ rule: AccessRule, token: String?, peer: Peer, _ claims: inout AccessTokenClaims?
    ) async throws(RPCError) -> Caller? {
        let needsState = rule.concernsPeople || (token != nil && rule != .anyone)
        guard self.state.isFresh else {
            if needsState { throw self.whyStale() ?? AccessRefusal.accessStale.rpcError }
            return try self.grant(rule, to: nil, peer: peer)
        }
        if let token {
            do throws(AccessRefusal) {
                claims = try await self.verifier.verify(token)
            } catch {
                throw error.rpcError
            }
        }
        return try self.grant(rule, to: claims, peer: peer)
    }

    private func grant(
        _ rule: AccessRule, to claims: AccessTokenClaims?, peer: Peer
    ) throws(RPCError) -> Caller? {
        let decision = rule.decision(peerNames: peer.names, audience: claims?.aud) { name in
            guard let claims else { return false }
            return self.state.withSnapshot { $0.grants(name, to: claims.sub) }
        }
        switch decision {
        case .granted:
            return claims.map {
                Caller(
                    userID: $0.sub, sessionID: $0.sid, authenticatedAt: $0.authenticatedAt,
                    expiresAt: $0.expiresAt)
            }
        case .needsPerson:
            throw RPCError(
                .unauthenticated, reason: "rpc.token_missing", message: "Sign in first.")
        case .needsToken(let service):
            throw RPCError(
                .permissionDenied, reason: "rpc.token_not_for_service",
                message: "This needs a token that was issued for \(service): ask "
                    + "identity.IssueToken for one.", details: ["audience": service])
        case .lacksPermission(let name):
            throw RPCError(
                .permissionDenied, reason: "rpc.permission_missing",
                message: "This needs the permission \(name).", details: ["permission": name])
        case .foreignPeer:
            throw RPCError(
                .permissionDenied, reason: "rpc.peer_refused",
                message: "This method is for other services.")
        }
    }
}

extension RPCError {
    /// Whether somebody may not do what they asked for, or is not who they would have to be.
    fileprivate var isRefusal: Bool {
        self.code == .unauthenticated || self.code == .permissionDenied
    }
}
