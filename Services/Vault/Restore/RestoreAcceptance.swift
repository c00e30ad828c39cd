internal import AuditAPI
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Takes a restored database over: what was destroyed since stays destroyed, and every row gets a
/// revision above what the keyring knows, so that the backup cannot be brought back once more
/// unseen.
struct RestoreAcceptance: Sendable {
    let database: Database
    let rows: RowGuard
    let audit: AuditOutbox
    let comparison: Comparison

    /// What was done.
    struct Outcome: Sendable {
        /// Rows that were older and are taken as they are.
        var acceptedCount = 0
        /// Rows that are lost.
        var lostCount = 0
        /// Secrets and versions that were destroyed since the backup, and are again.
        var destroyedCount = 0
        /// Rows that were changed by somebody else; they stay refused.
        var alteredCount = 0
    }

    /// Accepts the database.
    ///
    /// - Throws: `StartupError` if the reason is none, or there is nothing to accept.
    func accept(reason: String) async throws -> Outcome {
        guard (1...1_000).contains(reason.unicodeScalars.count) else {
            throw StartupError.failed("A reason has 1 to 1000 characters.")
        }
        let finding = try await self.comparison.compare(finishing: true)
        guard finding.isOlder else {
            throw StartupError.failed(
                "The database is as new as the keyring: there is nothing to accept.")
        }
        var outcome = Outcome(alteredCount: finding.altered.count)
        // The event comes first: whatever is interrupted, that it was begun is known.
        try await self.record(reason, finding)
        let older = Set(finding.older)
        try await ComparisonStore(database: self.database).forEachSecret { secret in
            guard older.contains(secret.id) else { return }
            outcome.destroyedCount += try await self.accept(secret)
            outcome.acceptedCount += 1
        }
        try await ComparisonStore(database: self.database).forEachConnection { connection in
            guard older.contains(connection.id) else { return }
            try await self.accept(connection)
            outcome.acceptedCount += 1
        }
        for id in finding.missing {
            let loss = AcceptedLoss(
                objectID: id, revision: self.rows.keyring.revision(of: id) ?? 1, reason: reason)
            _ = try await self.database.write(
                try loss.insert(by: self.rows.keyring), as: .nobody)
            outcome.lostCount += 1
        }
        return outcome
    }

    /// Accepts a secret; how much of it was destroyed since.
    private func accept(_ old: SecretRecord) async throws -> Int {
        let keyring = self.rows.keyring
        var secret = old
        var statements: [SQL] = []
        var count = 0
        if keyring.isDestroyed(secret.id) {
            secret.destroyedAt = secret.destroyedAt ?? Date(microseconds: Date().microseconds)
            secret.currentVersion = nil
            secret.previousVersion = nil
            secret.pendingVersion = nil
            secret.nextRotationAt = nil
            statements.append(VersionStore.empty(secret.id, nil))
            count += 1
        } else {
            for tombstone in keyring.destroyed where tombstone.secret == secret.id {
                guard let version = tombstone.version, version <= secret.latestVersion,
                    !secret.destroyedVersions.contains(version)
                else { continue }
                secret.unlabel(version)
                secret.deletedVersions.removeAll { $0 == version }
                secret.destroyedVersions.append(version)
                statements.append(VersionStore.empty(secret.id, version))
                count += 1
            }
        }
        secret.revision = (keyring.revision(of: secret.id) ?? secret.revision) + 1
        secret = try secret.authenticated(by: keyring)
        statements.append(try secret.update())
        _ = try await self.database.write(
            statements, as: ComparisonStore.purpose, deadline: .now + .seconds(60))
        try await keyring.acknowledge(secret: secret.id, revision: secret.revision)
        return count
    }

    private func accept(_ old: ConnectionRecord) async throws {
        let keyring = self.rows.keyring
        var connection = old
        connection.revision = (keyring.revision(of: old.id) ?? old.revision) + 1
        connection = try connection.authenticated(by: keyring)
        _ = try await self.database.write(
            try connection.update(), as: ComparisonStore.purpose, deadline: .now + .seconds(60))
        try await keyring.acknowledge(secret: connection.id, revision: connection.revision)
    }

    private func record(_ reason: String, _ finding: Comparison.Finding) async throws {
        try await self.audit.commit(
            AuditFact(
                .vaultRestored, of: AuditResource("vault", self.rows.keyring.vaultID),
                isSensitive: true,
                payload: AuditPayload(
                    details: .object([
                        "reason": .string(reason),
                        "olderCount": .integer(Int64(finding.older.count)),
                        "missingCount": .integer(Int64(finding.missing.count)),
                        "alteredCount": .integer(Int64(finding.altered.count)),
                    ])),
                priority: .repair),
            in: nil, to: self.database, deadline: .now + .seconds(30))
    }
}
