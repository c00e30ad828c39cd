import Foundation
import Logging
import Postgres
import RPC
import ServiceKit
import Sodium
import Testing
import TransparencyLog
import VaultAPI

@testable import AuditService
@testable import ConversationsService
@testable import IdentityService
@testable import VaultService
@testable import rpcctl

/// The contracts as the services of this source offer them.
enum OfferedContracts {
    /// What a service offers, put together without a database: nothing here asks for one.
    static func today(_ service: String) async throws -> ContractSnapshot {
        let logger = Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        let database = Database(
            configuration: DatabaseConfiguration(connectionString: "host=/nonexistent"),
            logger: logger)
        let methods: MethodTable
        switch service {
        case "identity":
            let seed = try SecretBytes(random: AccessTokenSigner.seedByteCount)
            methods =
                IdentityComposition(
                    database: database,
                    passwords: Passwords(pool: PasswordHashingPool(), policy: PasswordPolicy()),
                    signer: try await AccessTokenSigner(seed: seed),
                    audit: AuditOutbox(schema: "identity", gauge: OutboxGauge(limit: 10)),
                    logger: logger
                ).composition.methods
        case "conversations":
            methods =
                ConversationsComposition(
                    database: database,
                    audit: AuditOutbox(schema: "conversations", gauge: OutboxGauge(limit: 10)),
                    logger: logger
                ).methods
        case "audit":
            let key = try NoteSigningKey(
                name: try #require(KeyName("log.test")), seed: Array(repeating: 1, count: 32))
            methods =
                AuditComposition(
                    database: database,
                    signer: CheckpointSigner(
                        key: key, directory: SignerDirectory(path: "/nonexistent")),
                    audit: AuditOutbox(schema: "audit", gauge: OutboxGauge(limit: 10)),
                    logger: logger, permits: { _, _ in false }
                ).methods
        case "vault":
            let directory = "/tmp/steward-contracts-\(UUID().uuidString.prefix(13))"
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: false,
                attributes: [.posixPermissions: 0o700])
            // What is left in /tmp harms no other test.
            defer { try? FileManager.default.removeItem(atPath: directory) }
            let keyring = try Keyring(
                creatingIn: KeyringDirectory(path: directory),
                rootKey: try SecretBytes(random: 32), recovery: nil)
            defer { keyring.close() }
            methods =
                VaultComposition(
                    database: database, keyring: keyring,
                    audit: AuditOutbox(schema: "vault", gauge: OutboxGauge(limit: 10)),
                    logger: logger, permits: { _, _ in false }
                ).methods
        case "rotation":
            // Whoever a vault's operator names: no service of ours offers these.
            var offered = MethodTable()
            offered.register(MakeValue.self) { _, _ in throw CancellationError() }
            offered.register(SetValue.self) { _, _ in throw CancellationError() }
            offered.register(ConfirmValue.self) { _, _ in throw CancellationError() }
            methods = offered
        default:
            methods = .builtIn
        }
        return ContractSnapshot(methods: try methods.descriptions())
    }
}
