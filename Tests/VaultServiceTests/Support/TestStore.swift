import AuditAPI
import AuditFormat
import Foundation
import Locks
import Logging
import Postgres
import PostgresTestSupport
import ProcessTestSupport
import ServiceKit
import Sodium

@testable import VaultService

extension Logger {
    static var silent: Logger {
        var logger = Logger(label: "tests")
        logger.logLevel = .critical
        return logger
    }
}

/// A database with the schema and a directory for a keyring: what outlives a process.
final class TestStore: Sendable {
    let database: TestDatabase
    let cluster: TemporaryCluster
    let directory: String
    /// A pool that row security does not concern, to look and to tamper behind the vault's back.
    let admin: Database
    private let rootKey: Mutex<[UInt8]>

    private static let roles = Once {
        try await TemporaryCluster.shared().makeDatabase().runAsSuperuser(
            """
            CREATE ROLE steward_vault_owner NOLOGIN;
            CREATE ROLE steward_vault LOGIN NOINHERIT
            """)
    }

    init() async throws {
        try await Self.roles.value()
        self.cluster = try await TemporaryCluster.shared()
        self.database = try await self.cluster.makeDatabase()
        for statement in [
            "GRANT CONNECT ON DATABASE \(self.database.name) TO steward_vault",
            "CREATE SCHEMA vault AUTHORIZATION steward_vault_owner",
        ] { try await self.database.runAsSuperuser(statement) }
        _ = try await VaultService.definition.migrator.migrate(
            connectionString: self.database.superuserConnectionString,
            role: "steward_vault_owner")
        self.directory = "/tmp/steward-vault-\(UUID().uuidString.prefix(13))"
        try FileManager.default.createDirectory(
            atPath: self.directory, withIntermediateDirectories: false,
            attributes: [.posixPermissions: 0o700])
        let rootKey = (0..<32).map { _ in UInt8.random(in: 0...255) }
        self.rootKey = Mutex(rootKey)
        self.admin = Database(
            configuration: DatabaseConfiguration(
                connectionString: self.database.superuserConnectionString,
                applicationName: "tests"),
            logger: .silent)
        var key = rootKey
        try Keyring(
            creatingIn: KeyringDirectory(path: self.directory),
            rootKey: try SecretBytes(taking: &key), recovery: nil
        ).close()
    }

    deinit {
        // What is left in /tmp harms no other test.
        try? FileManager.default.removeItem(atPath: self.directory)
    }

    /// The keyring, opened.
    func keyring() throws -> Keyring {
        try Keyring(
            opening: KeyringDirectory(path: self.directory),
            rootKey: try Self.secret(self.rootKey.withLock { $0 }))
    }

    /// Puts the keyring, which nobody has open, under another root key.
    func changeRootKey() throws {
        let newKey = Sodium.randomBytes(32)
        _ = try RootKeyChange(KeyringDirectory(path: self.directory)).change(
            from: try Self.secret(self.rootKey.withLock { $0 }), to: try Self.secret(newKey),
            recovery: nil)
        self.rootKey.withLock { $0 = newKey }
    }

    /// Seals the root key of the keyring, which nobody has open, to a recovery key; its identifier
    /// in hexadecimal.
    func setRecoveryKey() throws -> String {
        let image = try RootKeyChange(KeyringDirectory(path: self.directory)).setRecovery(
            try BoxKeyPair().publicKey,
            rootKey: try Self.secret(self.rootKey.withLock { $0 }))
        return (image.header.recovery?.keyID ?? []).map { String(format: "%02x", $0) }.joined()
    }

    private static func secret(_ bytes: [UInt8]) throws -> SecretBytes {
        var bytes = bytes
        return try SecretBytes(taking: &bytes)
    }

    /// A pool of the service's role.
    func runtimePool() -> Database {
        Database(
            configuration: DatabaseConfiguration(
                connectionString: self.cluster.connectionString(
                    database: self.database.name, user: "steward_vault"),
                applicationName: "tests"),
            logger: .silent)
    }

    /// Does something as superuser.
    func tamper(_ statements: SQL...) async throws {
        _ = try await self.admin.write(statements, as: .nobody)
    }

    /// A number that a query gives.
    func number(_ sql: SQL) async throws -> Int64 {
        try await self.admin.query(sql, as: .nobody).rows[0].get(0)
    }

    /// What the vault has recorded, in order.
    func events() async throws -> [AuditEvent] {
        try await self.admin.query(
            "SELECT event FROM vault.audit_outbox ORDER BY id", as: .nobody
        ).rows.map { try AuditEvent(bytes: try $0.get("event", as: Data.self)) }
    }

    private static let copied = [
        "secrets", "secret_versions", "connections", "destructions", "notices",
    ]

    /// Keeps a copy of everything, as a backup does.
    func backUp() async throws {
        for table in Self.copied {
            try await self.tamper(
                "DROP TABLE IF EXISTS public.\(identifier: table)",
                """
                CREATE TABLE public.\(identifier: table) AS
                SELECT * FROM vault.\(identifier: table)
                """)
        }
    }

    /// Puts the copy back.
    func restore() async throws {
        for table in Self.copied.reversed() {
            try await self.tamper("DELETE FROM vault.\(identifier: table)")
        }
        for table in Self.copied {
            try await self.tamper(
                """
                INSERT INTO vault.\(identifier: table)
                SELECT * FROM public.\(identifier: table)
                """)
        }
    }
}
