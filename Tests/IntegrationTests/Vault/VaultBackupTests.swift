import Foundation
import ProcessTestSupport
import RPC
import StewardTestSupport
import Testing
import VaultAPI

@Suite("A backup from before a secret was destroyed", .serialized)
struct VaultBackupTests {
    @Test("With today's keyring it does not bring the secret back, and a restore destroys again")
    func backup() async throws {
        let installation = try await Installation.start()
        do {
            let person = try await installation.newKeeper(also: "vault:destroy")
            let doomed = try await Self.keep("what was destroyed", person)
            let kept = try await Self.keep("what is kept", person)
            // What somebody with the database could put back, row by row.
            try await installation.sql(
                """
                CREATE SCHEMA test_copy;
                CREATE TABLE test_copy.secrets AS
                    SELECT * FROM vault.secrets WHERE id = '\(doomed)';
                CREATE TABLE test_copy.versions AS
                    SELECT * FROM vault.secret_versions WHERE secret_id = '\(doomed)';
                """)
            try await eventually("the log has signed for what was done") {
                try await installation.sql(
                    """
                    SELECT NOT EXISTS (SELECT FROM vault.audit_outbox)
                        AND NOT EXISTS (SELECT FROM vault.audit_batches)
                    """) == "t"
            }
            let backup = try await Backup.take(of: installation)
            _ = try await person.call(DestroySecret(secretID: doomed, reason: "it leaked"))
            try await eventually("the destruction is in the log", within: .seconds(30)) {
                try await installation.sql(
                    "SELECT count(*) FROM audit.entries WHERE action = 'secret_destroyed'") == "1"
            }
            #expect(try await Self.reason(doomed, person) == "vault.secret_destroyed")

            // The backup has the secret: with the keyring of that time it is read.
            let today = try await backup.restore(keyring: nil)
            #expect(try await person.value(of: doomed) == "what was destroyed")
            _ = try await backup.restore(keyring: today)
            try await Self.checkLocked(doomed, person)

            let accepted = try await backup.operate(
                "vault", ["accept-restore", "--reason", "the disk broke"])
            #expect(accepted.status == 0, "\(accepted.output)")
            #expect(accepted.output.contains("1 secrets and versions were destroyed again"))
            try await installation.startOne("vault")
            #expect(try await Self.reason(doomed, person) == "vault.secret_destroyed")
            #expect(try await person.value(of: kept) == "what is kept")
            let left = try await installation.sql(
                """
                SELECT count(*) FROM vault.secret_versions WHERE secret_id = '\(doomed)'
                    AND (wrapped_key IS NOT NULL OR ciphertext IS NOT NULL)
                """)
            #expect(left == "0")
            try await eventually("the restore is in the log", within: .seconds(30)) {
                try await installation.sql(
                    "SELECT count(*) FROM audit.entries WHERE action = 'vault_restored'") == "1"
            }

            // The rows alone, put back as they were, are refused too.
            try await installation.sql(
                """
                SET session_replication_role = replica;
                DELETE FROM vault.secret_versions WHERE secret_id = '\(doomed)';
                DELETE FROM vault.secrets WHERE id = '\(doomed)';
                INSERT INTO vault.secrets SELECT * FROM test_copy.secrets;
                INSERT INTO vault.secret_versions SELECT * FROM test_copy.versions;
                """)
            #expect(try await Self.reason(doomed, person) == "vault.tampered")
            #expect(try await person.value(of: kept) == "what is kept")
            try backup.remove()
        } catch {
            print(installation.logs())
            throw error
        }
        try await installation.stop()
    }

    private static func keep(_ value: String, _ person: Person) async throws -> UUID {
        let secret = try await person.call(CreateSecret(name: value, type: .generic))
        try await person.put(value, into: secret.id)
        return secret.id
    }

    /// Why a value is not to be had; `nil` if it is.
    private static func reason(_ id: UUID, _ person: Person) async throws -> String? {
        do {
            _ = try await person.value(of: id)
            return nil
        } catch let error as RPCError { return error.reason }
    }

    /// The vault starts, says why it is locked, and gives out nothing; it is stopped again.
    private static func checkLocked(_ id: UUID, _ person: Person) async throws {
        let installation = person.installation
        let status = try await person.installation.client("vault").call(GetVaultStatus())
        #expect(status.isLocked)
        #expect(status.message?.contains("accept-restore") == true, "\(status)")
        #expect(try await Self.reason(id, person) == "vault.locked")
        try await installation.stopOne("vault")
    }
}

/// A backup of an installation's cluster, its journal and its state files.
private struct Backup {
    let installation: Installation
    /// Where it lies.
    let directory: URL

    /// Takes one with pg_basebackup while everything runs.
    static func take(of installation: Installation) async throws -> Backup {
        let backup = Backup(
            installation: installation,
            directory: URL(fileURLWithPath: installation.directory.path + ".backup"))
        let rules = try FileHandle(
            forWritingTo: installation.directory.appendingPathComponent("cluster/pg_hba.conf"))
        try rules.seekToEnd()
        try rules.write(contentsOf: Data("local replication postgres peer map=steward\n".utf8))
        try rules.close()
        try await installation.sql("SELECT pg_reload_conf()")
        try await backup.run(
            """
            mkdir -m 0700 "$2"
            for name in vault vault-mirror audit; do cp -a "$1/$name" "$2/$name"; done
            "$3/pg_basebackup" --pgdata="$2/cluster" --host="$1/run/postgres" \\
                --username=postgres --wal-method=stream --checkpoint=fast
            """)
        return backup
    }

    /// Puts the cluster back, and the keyring: that of the backup, or one that this gave back.
    ///
    /// - Returns: where the keyring lies that was there before.
    func restore(keyring: URL?) async throws -> URL {
        for service in ["vault", "audit", "postgres"] {
            try await self.installation.stopOne(service)
        }
        let before = self.directory.appendingPathComponent(UUID().uuidString)
        try await self.run(
            """
            mkdir -m 0700 "$4"
            for name in vault vault-mirror audit; do
                mv "$1/$name" "$4/$name"
                cp -a "${5:-$2}/$name" "$1/$name"
            done
            cp -a "$2/cluster" "$1/cluster.new"
            chown -R --reference="$1/cluster" "$1/cluster.new"
            rm -rf "$1/cluster"
            mv "$1/cluster.new" "$1/cluster"
            """, before.path, keyring?.path ?? "")
        try await self.installation.startOne("postgres")
        if keyring != nil {
            // The log's signer knows that entries are lost.
            let begun = try await self.operate(
                "audit", ["begin-epoch", "--reason", "the disk broke"])
            guard begun.status == 0 else { throw TestFailure(begun.output) }
        }
        do {
            try await self.installation.startOne("vault")
        } catch let failure as TestFailure where keyring != nil {
            // A locked vault is not ready, and says so.
            #expect(failure.description.contains("the database is older than the keyring"))
        }
        return before
    }

    /// Runs a command of a service as its operator does, while the service is stopped.
    func operate(_ service: String, _ words: [String]) async throws -> Program.Outcome {
        let state = self.installation.directory.path
        return try await Program.run(
            "/usr/bin/env",
            try await self.installation.userOf(service) + [
                "STEWARD_CONFIGURATION_FILE=\(state)/etc/\(service).conf",
                "\(state)/bin/steward-\(service)",
            ] + words)
    }

    /// Removes it.
    func remove() throws { try FileManager.default.removeItem(at: self.directory) }

    private func run(_ script: String, _ words: String...) async throws {
        let outcome = try await Program.run(
            "/bin/bash",
            [
                "-euo", "pipefail", "-c", script, "backup", self.installation.directory.path,
                self.directory.path, TestSettings.postgresBinaries.path,
            ] + words)
        guard outcome.status == 0 else { throw TestFailure(outcome.output) }
    }
}
