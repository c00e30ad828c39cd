internal import IdentityAPI
internal import RPC
internal import ServiceKit

/// Lets people make their own accounts.
struct SignUpHandler: Sendable {
    let store: SignUpStore
    let passwords: Passwords
    let throttle: ThrottleMode
    let gateways: Set<String>
    let audit: AuditOutbox

    func register(in methods: inout MethodTable) {
        methods.register(SignUp.self) { try await self.signUp($0, $1) }
    }

    /// The password is hashed and the same statements run whether or not the names are taken.
    func signUp(_ request: SignUp, _ context: CallContext) async throws -> Empty {
        let source = SignInSource(context: context, gateways: self.gateways)
        let admission = try await self.store.admission(
            source: source, deadline: context.deadline)
        guard admission.isOpen else { throw RPCError.signUpClosed }
        if let remaining = admission.remainingLock, self.throttle == .on {
            throw RPCError.throttled(retryAfter: remaining)
        }
        var user = try NewUser(request)
        user.passwordHash = try await self.passwords.hash(
            request.password, knowing: user.knownWords)
        let event = try self.audit.record(
            .signedUp(user, from: source), in: context, if: user.exists)
        try await RPCError.explaining {
            try await self.store.create(
                user, source: source, recording: event, deadline: context.deadline)
        }
        return Empty()
    }
}

extension NewUser {
    /// Checks what somebody says about themselves.
    init(_ request: SignUp) throws(RPCError) {
        self.init(
            email: try IdentifierRules.checkEmail(request.email),
            displayName: try TextRules.check(
                request.displayName, field: "displayName", range: 1...200))
        self.username = try NewUser.username(request.username)
        self.firstName = try TextRules.checkOptional(
            request.firstName, field: "firstName", atMost: 150)
        self.lastName = try TextRules.checkOptional(
            request.lastName, field: "lastName", atMost: 150)
        if let timeZone = request.timeZone {
            self.timeZone = try TextRules.checkTimeZone(timeZone)
        }
    }
}
