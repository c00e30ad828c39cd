internal import IdentityAPI
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Sodium

/// Identity put together: every concern with its store and its handlers.
struct IdentityComposition: Sendable {
    let database: Database
    let passwords: Passwords
    let signer: AccessTokenSigner
    var throttle = ThrottleMode.on
    var gateways: Set<String> = []
    var lifetimes = SessionLifetimes()
    var accessTolerance = Duration.seconds(10)
    var answerLifetime = KeptAnswers.standardLifetime
    let audit: AuditOutbox
    var denials: DenialRecorder?
    let logger: Logger

    /// What runs and what is answered.
    var composition: ServiceComposition {
        let feed = AccessFeed(database: self.database, logger: self.logger)
        let following = AccessFollowing(
            feed: feed, store: AccessEventStore(database: self.database))
        // Identity decides about its own calls by the same events that it sends to others.
        let state = AccessState(tolerance: self.accessTolerance)
        let follower = AccessFollower(state: state, logger: self.logger) { after, receive in
            try await following.follow(after: after) { try receive($0) }
        }
        let maintenance = Maintenance(
            store: MaintenanceStore(database: self.database, answers: self.answers),
            keys: SigningKeyStore(database: self.database), key: self.signer.key,
            audit: self.audit, logger: self.logger)
        return ServiceComposition(
            methods: self.methods(following),
            authorizer: AccessAuthorizer(
                state: state, recorder: self.denials,
                recordedReasons: RPCError.recordedReasons,
                furtherReasons: [RPCError.throttledReason], logger: self.logger),
            background: [feed, follower, maintenance],
            health: [{ state.health }])
    }

    /// Requests may carry passwords, so their digests are made under a secret.
    private var answers: KeptAnswers {
        KeptAnswers(
            schema: "identity", lifetime: self.answerLifetime, secret: self.signer.digestSecret)
    }

    private func methods(_ following: AccessFollowing) -> MethodTable {
        let administration = Administration(
            database: self.database, answers: self.answers, audit: self.audit)
        var methods = MethodTable()
        SignUpHandler(
            store: SignUpStore(database: self.database), passwords: self.passwords,
            throttle: self.throttle, gateways: self.gateways, audit: self.audit
        ).register(in: &methods)
        SignInHandlers(
            store: SignInStore(database: self.database, lifetimes: self.lifetimes),
            refreshes: RefreshStore(database: self.database, lifetimes: self.lifetimes),
            passwords: self.passwords, tokens: TokenIssuer(signer: self.signer),
            throttle: self.throttle, gateways: self.gateways, audit: self.audit
        ).register(in: &methods)
        IssueTokenHandler(
            database: self.database, tokens: TokenIssuer(signer: self.signer), audit: self.audit
        ).register(in: &methods)
        SessionHandlers(
            store: SessionStore(database: self.database), audit: self.audit
        ).register(in: &methods)
        ProfileHandlers(
            store: ProfileStore(database: self.database, answers: self.answers),
            audit: self.audit
        ).register(in: &methods)
        ChangePasswordHandler(
            store: PasswordStore(database: self.database), passwords: self.passwords,
            throttle: self.throttle, audit: self.audit
        ).register(in: &methods)
        UserHandlers(
            store: UserStore(database: self.database), administration: administration,
            passwords: self.passwords
        ).register(in: &methods)
        RoleHandlers(
            store: RoleStore(database: self.database), administration: administration
        ).register(in: &methods)
        GrantHandlers(administration: administration).register(in: &methods)
        SettingHandlers(
            store: SettingStore(database: self.database), administration: administration
        ).register(in: &methods)
        AccessHandlers(
            following: following, keys: SigningKeyStore(database: self.database)
        ).register(in: &methods)
        return methods
    }
}
