internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.Date
internal import struct FoundationEssentials.UUID

/// Compares the whole database with what the keyring knows: every row must be genuine and as new as
/// the newest that was acknowledged, and none may be missing.
struct Comparison: Sendable {
    let database: Database
    let rows: RowGuard
    let alarm: TamperAlarm
    let standing: VaultStanding
    let logger: Logger

    /// What does not fit.
    struct Finding: Sendable {
        /// Rows from before what was acknowledged.
        var older: [UUID] = []
        /// Rows that somebody else has changed.
        var altered: [(kind: String, id: UUID)] = []
        /// Rows that are not there.
        var missing: [UUID] = []

        /// Whether the database is from before, as a whole or in part.
        var isOlder: Bool { !self.older.isEmpty || !self.missing.isEmpty }

        /// What is wrong, in a sentence.
        var description: String {
            "the database is older than the keyring: \(self.older.count) rows are from before what "
                + "was acknowledged, \(self.missing.count) are missing. If it was restored on "
                + "purpose, run steward-vault accept-restore."
        }
    }

    /// Opens the vault if the database fits, and ends what a kill has interrupted.
    func open() async throws {
        try await self.bind()
        let finding = try await self.compare(finishing: true)
        try await self.report(finding)
        if finding.isOlder {
            self.standing.lock(finding.description)
        } else {
            self.standing.open()
        }
    }

    /// Compares while the vault is in use; an older database locks it.
    func compareWhileOpen() async throws {
        let finding = try await self.compare(finishing: false)
        try await self.report(finding)
        if finding.isOlder { self.standing.lock(finding.description) }
    }

    /// Compares.
    ///
    /// - Parameter finishing: whether keys are destroyed whose rows say that they are.
    func compare(finishing: Bool) async throws -> Finding {
        // Before the rows are read: what is acknowledged later is in rows that are read then.
        var missing = self.rows.keyring.revisions
        var finding = Finding()
        try await ComparisonStore(database: self.database).forEachSecret { secret in
            try self.look(secret, kind: "secret", &missing, &finding)
            if finishing, secret.destroyedAt != nil || !secret.destroyedVersions.isEmpty {
                try await self.finish(secret)
            }
        }
        try await ComparisonStore(database: self.database).forEachConnection { connection in
            try self.look(connection, kind: "connection", &missing, &finding)
        }
        if !missing.isEmpty {
            let accepted = try await AcceptedLoss.all(
                in: self.database, genuineTo: self.rows.keyring)
            finding.missing = missing.filter { accepted[$0.key] ?? 0 < $0.value }.map(\.key)
        }
        return finding
    }

    private func look(
        _ row: some AuthenticatedRow, kind: String, _ missing: inout [UUID: Int64],
        _ finding: inout Finding
    ) throws {
        let known = missing.removeValue(forKey: row.id)
        switch try self.rows.finding(row, known: known) {
        case .genuine: return
        case .older: finding.older.append(row.id)
        case .altered, .missing: finding.altered.append((kind, row.id))
        }
    }

    /// Destroys the keys of what a genuine row says is destroyed.
    private func finish(_ secret: SecretRecord) async throws {
        guard try secret.isAuthentic(to: self.rows.keyring) else { return }
        let keyring = self.rows.keyring
        if secret.destroyedAt != nil {
            guard !keyring.isDestroyed(secret.id) else { return }
            return try await keyring.destroy(secret: secret.id, versions: [], wholeSecret: true)
        }
        let left = secret.destroyedVersions.filter { !keyring.isDestroyed(secret.id, version: $0) }
        guard !left.isEmpty else { return }
        try await keyring.destroy(secret: secret.id, versions: left, wholeSecret: false)
    }

    /// Raises the alarm for what was changed, and one for a database that is older.
    private func report(_ finding: Finding) async throws {
        for (kind, id) in finding.altered {
            try await self.alarm.raise(
                .init(kind: kind, id: id, version: nil, what: .altered), in: nil)
        }
        guard finding.isOlder else { return }
        self.logger.critical("the vault is locked", metadata: ["why": "\(finding.description)"])
        try await self.alarm.raise(
            .init(kind: "vault", id: self.rows.keyring.vaultID, version: nil, what: .older),
            in: nil)
    }

    /// Refuses a database that belongs to another keyring.
    private func bind() async throws {
        let id = self.rows.keyring.vaultID
        let found = try await self.database.query(
            "SELECT vault_id FROM vault.vault_state", as: .nobody
        ).rows.first
        guard let found else {
            _ = try await self.database.write(
                "INSERT INTO vault.vault_state (vault_id) VALUES (\(id))", as: .nobody)
            return
        }
        guard try found.get("vault_id", as: UUID.self) == id else {
            throw StartupError.configuration(
                "The database belongs to another keyring than the one in "
                    + "STEWARD_VAULT_STATE_DIRECTORY.")
        }
    }
}
