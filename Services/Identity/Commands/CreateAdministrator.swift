internal import ArgumentParser
internal import FoundationEssentials
internal import Glibc
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit
internal import Sodium

/// `steward-identity create-administrator`
struct CreateAdministrator: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "create-administrator",
        abstract: "Make an account that may do everything.",
        discussion: """
            Connects with STEWARD_OWNER_DATABASE. The password is read from --password-file, or \
            from standard input, or asked for without echo; there is no default password.
            """)

    @Option(help: "The address to sign in with.")
    var email: String

    @Option(help: "A second name to sign in with.")
    var username: String?

    @Option(help: "The name others see.")
    var displayName = "Administrator"

    @Option(help: "A file whose first line is the password.")
    var passwordFile: String?

    @Flag(help: "Do nothing where an active administrator exists.")
    var ifMissing = false

    @OptionGroup var options: ServiceOptions

    func run() async throws {
        try await IdentityService.reportingFailure { try await self.perform() }
    }

    private func perform() async throws {
        try Sodium.initialize()
        let settings = try self.options.settings(for: IdentityService.definition)
        var user = try self.account()
        let passwords = Passwords(
            pool: PasswordHashingPool(threadCount: 1),
            policy: try IdentitySettings.passwordPolicy(settings))
        do {
            user.passwordHash = try await passwords.hash(
                PasswordInput.read(file: self.passwordFile), knowing: user.knownWords)
        } catch let error as RPCError {
            throw StartupError.failed(error.message)
        }
        print(try await self.create(user, settings: settings))
    }

    private func account() throws -> NewUser {
        do {
            return NewUser(
                email: try IdentifierRules.checkEmail(self.email),
                username: try NewUser.username(self.username),
                displayName: try TextRules.check(
                    self.displayName, field: "display-name", range: 1...200),
                isStaff: true, isVerified: true)
        } catch {
            throw StartupError.failed(error.message)
        }
    }

    private func create(_ user: NewUser, settings: ServiceSettings) async throws -> String {
        let connection = settings[.ownerDatabase]
        guard !connection.isEmpty else {
            throw StartupError.configuration("STEWARD_OWNER_DATABASE is not set.")
        }
        let role = settings[.ownerRole]
        let database = Database(
            configuration: DatabaseConfiguration(
                connectionString: connection, applicationName: "steward-identity set-up"),
            logger: Logger(label: "set-up", factory: { _ in SwiftLogNoOpLogHandler() }))
        let store = AdministratorStore(
            database: database,
            ownerRole: role.isEmpty ? IdentityService.definition.ownerRole : role)
        let audit = AuditOutbox(
            schema: IdentityService.definition.schema,
            gauge: OutboxGauge(limit: settings[.auditOutboxLimit]))
        let event = try audit.record(
            .administratorCreated(user, byOperator: getuid()), in: nil)
        return try await withThrowingTaskGroup { group in
            group.addTask { try await database.run() }
            defer { group.cancelAll() }
            do {
                let outcome = try await store.create(
                    user, onlyIfMissing: self.ifMissing, recording: event)
                switch outcome {
                case .created(let id):
                    return "created \(user.email) (\(id.uuidString.lowercased()))"
                case .notNeeded: return "an administrator exists; nothing was done"
                case .taken:
                    throw StartupError.failed("Another account has this address or user name.")
                }
            } catch let error as DatabaseError {
                throw StartupError.failed("The database refused: \(error)")
            }
        }
    }
}
