import Foundation
import Glibc
import Locks
import Logging
import Postgres
import RPC
import SecretFormat
import ServiceKit
import ServiceLifecycle
import Sodium
import VaultAPI

@testable import VaultService

/// The vault on a socket of its own.
final class TestInstance: Sendable {
    let store: TestStore
    let keyring: Keyring
    let database: Database
    let service: VaultComposition
    let client: RPCClient
    private let server: RPCServer
    private let background: Task<Void, Never>
    private let held: Permissions

    /// Starts one.
    ///
    /// - Parameters:
    ///   - logSilenceLimit: how long it releases values without a word from the audit log.
    ///   - runsWork: whether moving of data keys runs by itself.
    ///   - makers: who makes next values outside the vault.
    init(
        _ store: TestStore, gauge: OutboxGauge = OutboxGauge(limit: 1_000_000),
        logSilenceLimit: Duration? = nil, runsWork: Bool = true,
        makers: RotationMakers = RotationMakers()
    ) async throws {
        self.store = store
        self.keyring = try store.keyring()
        self.database = store.runtimePool()
        let permissions = Permissions()
        self.held = permissions
        self.service = VaultComposition(
            database: self.database, keyring: self.keyring,
            audit: AuditOutbox(schema: "vault", gauge: gauge),
            logSilenceLimit: logSilenceLimit, makers: makers, logger: .silent,
            permits: { permissions.holds($0, $1) })
        try await self.service.upkeep.makeMonths()
        try await self.service.open()
        self.server = RPCServer(
            service: "vault", build: "test", methods: self.service.methods,
            authorizer: TokenIsPerson(), health: { [] }, peerNames: { _ in [] },
            logger: .silent)
        let path = "/tmp/steward-vault-\(UUID().uuidString.prefix(13)).sock"
        try await self.server.listen(descriptor: try Self.listen(at: path))
        self.client = RPCClient([.unix(path: path)], name: "tests")
        let parts: [any Service] =
            [self.service.recorder] + (runsWork ? [self.service.rewrapping] : [])
        self.background = Task {
            await withTaskGroup(of: Void.self) { group in
                for part in parts {
                    // What runs beside the server ends by being cancelled.
                    group.addTask { try? await part.run() }
                }
            }
        }
    }

    /// Starts one with a database and a keyring of its own.
    static func start() async throws -> TestInstance { try await TestInstance(TestStore()) }

    /// Ends it, as a kill would as far as the database and the keyring are concerned.
    func stop() async {
        self.background.cancel()
        await self.background.value
        await self.client.close()
        await self.server.drain(grace: .zero)
        await self.database.close()
        self.keyring.close()
    }

    /// Somebody new, with some permissions.
    func person(_ permissions: String...) -> TestPerson {
        let person = TestPerson(instance: self)
        self.held.set(Set(permissions), of: person.id)
        return person
    }

    /// Somebody of an earlier start, with the same permissions.
    func again(_ person: TestPerson) -> TestPerson {
        let again = TestPerson(id: person.id, instance: self)
        self.held.set(person.instance.held.of(person.id), of: person.id)
        return again
    }

    /// Changes a row as the vault itself would, to bring about what takes time otherwise.
    func rewrite(_ id: UUID, _ body: (inout SecretRecord) -> Void) async throws {
        let found: SecretRecord? = try await self.store.admin.query(
            SecretStore.lock(id), as: .nobody
        ).decodeFirst()
        guard var record = found else { throw RPCError.secretUnavailable }
        body(&record)
        record.revision += 1
        record = try record.authenticated(by: self.keyring)
        try await self.store.tamper(try record.update())
        try await self.keyring.acknowledge(secret: id, revision: record.revision)
    }

    static func listen(at path: String) throws -> CInt {
        let descriptor = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: Array(path.utf8)) }
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard result == 0, Glibc.listen(descriptor, 4096) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        return descriptor
    }
}

/// Who holds which permissions.
final class Permissions: Sendable {
    private let all = Mutex<[UUID: Set<String>]>([:])

    func set(_ permissions: Set<String>, of person: UUID) {
        self.all.withLock { $0[person] = permissions }
    }

    func of(_ person: UUID) -> Set<String> { self.all.withLock { $0[person] ?? [] } }

    func holds(_ permission: String, _ person: UUID) -> Bool {
        self.all.withLock { $0[person]?.contains(permission) ?? false }
    }
}

/// Takes the token for the person's id.
struct TokenIsPerson: CallAuthorizer {
    func authorize(
        _ contract: MethodContract, token: String?, peer: Peer
    ) async throws -> Caller? {
        guard let token, let id = UUID(uuidString: token) else { return nil }
        return Caller(
            userID: id, sessionID: id, authenticatedAt: Date(), expiresAt: .distantFuture)
    }

    func whenRevoked(
        _ caller: Caller, end: @escaping @Sendable (RPCError) -> Void
    ) -> RevocationRegistration { RevocationRegistration() }
}
