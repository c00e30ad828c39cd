internal import FoundationEssentials
internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Administrators look after accounts.
struct UserHandlers: Sendable {
    let store: UserStore
    let administration: Administration
    let passwords: Passwords

    func register(in methods: inout MethodTable) {
        methods.register(CreateUser.self) { try await self.create($0, $1) }
        methods.register(GetUser.self) { try await self.get($0, $1) }
        methods.register(ListUsers.self) { try await self.list($0, $1) }
        methods.register(SetUserActive.self) { try await self.setActive($0, $1) }
        methods.register(RevokeUserSessions.self) { try await self.revokeSessions($0, $1) }
    }

    func create(_ request: CreateUser, _ context: CallContext) async throws -> User {
        let caller = try context.requireCaller()
        var account = try NewUser(request)
        account.createdBy = caller.userID
        if let password = request.password {
            account.passwordHash = try await self.passwords.hash(
                password, knowing: account.knownWords)
        }
        let roles = try Set(request.roles ?? []).sorted().map { name throws(RPCError) in
            try RoleRules.checkName(name, field: "roles")
        }
        let user = account
        return try await self.administration.perform(
            request, context, requiring: roles.isEmpty ? [] : GrantRole.contract.permissions
        ) { transaction, held in
            let inserted = try await transaction.execute(user.insert(skipsTaken: false))
            guard let id: UUID = try inserted.rows.first?.get("id") else {
                throw RPCError.userExists
            }
            for name in roles where name != RoleRules.member {
                guard let role = try await transaction.role(name) else {
                    throw RPCError.notFound("role")
                }
                try RoleRules.requireCover(held: held, wanted: role.permissions)
                _ = try await transaction.execute(
                    RoleStore.grant(role: role.id, to: id, by: caller.userID))
            }
            let created = try await transaction.user(id)
            _ = try await transaction.batch(
                (created.roles.isEmpty ? [] : [RoleStore.publish(person: id)]) + [user.publish])
            return (created, AuditFact.userCreated(created))
        }
    }

    func get(_ request: GetUser, _ context: CallContext) async throws -> User {
        guard let user = try await self.store.user(request.userID, deadline: context.deadline)
        else { throw RPCError.notFound("user") }
        return user
    }

    func list(_ request: ListUsers, _ context: CallContext) async throws -> UserPage {
        let filter = try UserFilter(request)
        var users = try await self.store.list(filter, deadline: context.deadline)
        guard users.count == filter.limit else { return UserPage(users: users) }
        // One more than was asked for tells whether there is another page.
        users.removeLast()
        return UserPage(users: users, nextPageToken: users.last.map { UserFilter.token($0.id) })
    }

    func setActive(_ request: SetUserActive, _ context: CallContext) async throws -> User {
        try await self.administration.perform(request, context) {
            transaction, held in
            try await self.requireAuthority(over: request.userID, held: held, in: transaction)
            var endedSessionCount = 0
            let changed = try await transaction.execute(
                UserStore.setActive(request.userID, request.isActive))
            let user = try await transaction.user(request.userID)
            guard changed.affectedRowCount == 1 else { return (user, nil) }
            if !request.isActive {
                endedSessionCount = try await transaction.execute(
                    SessionStore.revokeAll(
                        of: request.userID, except: nil, reason: .userDisabled)
                ).affectedRowCount
            }
            _ = try await transaction.execute(RoleStore.publish(person: request.userID))
            return (
                user, AuditFact.userActivityChanged(user, endedSessionCount: endedSessionCount)
            )
        }
    }

    func revokeSessions(
        _ request: RevokeUserSessions, _ context: CallContext
    ) async throws -> SessionsRevoked {
        try await self.administration.perform(request, context) {
            transaction, held in
            try await self.requireAuthority(over: request.userID, held: held, in: transaction)
            let ended = try await transaction.execute(
                SessionStore.revokeAll(
                    of: request.userID, except: nil, reason: .revokedByAdministrator))
            let count = ended.affectedRowCount
            let fact = AuditFact.sessionsRevoked(
                of: request.userID, count: count, reason: .revokedByAdministrator)
            return (SessionsRevoked(revokedSessionCount: count), count > 0 ? fact : nil)
        }
    }

    /// Refuses to act against somebody who holds more than the caller.
    private func requireAuthority(
        over userID: UUID, held: [String], in transaction: Transaction
    ) async throws {
        _ = try await transaction.user(userID)
        try RoleRules.requireCover(
            held: held, wanted: try await transaction.effectivePermissions(of: userID))
    }
}

extension NewUser {
    /// Checks what an administrator says about somebody.
    init(_ request: CreateUser) throws {
        self.init(
            email: try IdentifierRules.checkEmail(request.email),
            displayName: try TextRules.check(
                request.displayName, field: "displayName", range: 1...200))
        self.username = try NewUser.username(request.username)
        self.firstName = try TextRules.checkOptional(
            request.firstName, field: "firstName", atMost: 150)
        self.lastName = try TextRules.checkOptional(
            request.lastName, field: "lastName", atMost: 150)
        self.phone = try TextRules.checkPhone(request.phone)
        if let timeZone = request.timeZone {
            self.timeZone = try TextRules.checkTimeZone(timeZone)
        }
        self.isStaff = request.isStaff ?? false
        self.isVerified = request.isVerified ?? false
        self.metadata = try StoredObject.encode(request.metadata ?? [:], field: "metadata")
    }
}

extension UserFilter {
    private static let defaultPageSize = 50
    private static let pageSizes = 1...200

    /// Checks which accounts a caller wants; asks for one more than the page holds.
    init(_ request: ListUsers) throws(RPCError) {
        let pageSize = request.pageSize ?? Self.defaultPageSize
        guard Self.pageSizes.contains(pageSize) else {
            throw .invalid("pageSize", "page_size_invalid", "A page has 1 to 200 accounts.")
        }
        self.init(limit: pageSize + 1)
        if let search = request.search {
            let text = try TextRules.check(search, field: "search", range: 0...254)
            self.prefix = text.isEmpty ? nil : IdentifierRules.key(text)
        }
        self.role = try request.role.map { role throws(RPCError) in
            try RoleRules.checkName(role, field: "role")
        }
        self.isActive = request.isActive
        if let token = request.pageToken { self.before = try Self.position(of: token) }
    }
}

extension UserFilter {
    /// The token of the page after an account.
    static func token(_ last: UUID) -> String { PageCursor([last.uuidString]).text }

    private static func position(of token: String) throws(RPCError) -> UUID {
        let cursor = try PageCursor(token, partCount: 1)
        guard let id = UUID(uuidString: cursor.parts[0]) else {
            throw .invalid("pageToken", "page_token_invalid", "This is not a page token.")
        }
        return id
    }
}
