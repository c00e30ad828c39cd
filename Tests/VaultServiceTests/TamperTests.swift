import AuditAPI
import Foundation
import Postgres
import RPC
import SecretFormat
import Sodium
import Testing
import VaultAPI

@testable import VaultService

/// What somebody can do who writes to the database behind the vault's back.
@Suite struct TamperTests {
    private static let edits: [SQL] = [
        "required_permission = 'anybody:at.all'", "expires_at = now() + interval '9 years'",
        "is_active = NOT is_active", "owner_id = uuidv7()", "name = 'another'",
        "display_name = 'another'", "description = 'another'", "secret_type = 'password'",
        "metadata = '{\"a\": 2}'", "tags = '{x}'",
        "is_rotatable = false, rotation_enabled = false",
        "rotation_enabled = NOT rotation_enabled", "rotation_days = 8",
        "last_rotated_at = now()", "next_rotation_at = now()", "created_at = now()",
        "updated_at = now()", "created_by = uuidv7()", "latest_version = 7",
        "current_version = 2", "previous_version = 2", "pending_version = 1",
        "deleted_versions = '{2}'", "destroyed_versions = '{2}'", "deleted_at = now()",
        "destroyed_at = now()", "needs_second_person = NOT needs_second_person",
        "rotation_method = 'random'", "rotation_configuration = '{\"length\": 9}'",
        "revision = revision + 1",
    ]

    @Test func `an edit of any column by SQL is refused with an alarm in the log`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        for (index, edit) in Self.edits.enumerated() {
            let secret = try await ann.call(
                CreateSecret(
                    name: "s\(index)", description: "d", type: .apiKey,
                    metadata: .object(["a": .integer(1)]), requiredPermission: "a:b",
                    rotationEnabled: true, rotationDays: 7))
            try await ann.put("one", secret.id)
            try await ann.put("two", secret.id, label: .pending)
            try await ann.put("three", secret.id)
            try await instance.store.tamper(
                "UPDATE vault.secrets SET \(fragment: edit) WHERE id = \(secret.id)")
            let reason = try await ann.reason(secret.id)
            // An owner who is none any more may not know.
            let isOwner = !edit.text.hasPrefix("owner_id")
            #expect(
                reason == (isOwner ? "vault.tampered" : "vault.secret_unavailable"),
                "\(edit.text)")
            let change = try await ann.refusal(
                of: UpdateSecret(secretID: secret.id, description: "e"))
            #expect(
                change?.reason == "vault.tampered" || !isOwner && change != nil,
                "\(edit.text): \(String(describing: change))")
        }
        let alarms = try await instance.store.events().filter { $0.action == .secretTampered }
        #expect(alarms.count == Self.edits.count)
        #expect(instance.service.alarm.count == Self.edits.count)
        #expect(!instance.service.alarm.health.isReady)
        await instance.stop()
    }

    @Test func `the last access is no part of it`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.keep("v")
        try await instance.store.tamper("UPDATE vault.secrets SET last_accessed_at = now()")
        #expect(try await ann.get(secret.id) == "v")
        await instance.stop()
    }

    private static let columns: [SQL] = [
        "wrapped_key", "ciphertext", "commitment", "ciphertext_hash", "epoch_key_id", "row_mac",
        "producer", "created_at", "rotation_reason", "id", "wrapped_key, ciphertext",
        "wrapped_key, ciphertext, ciphertext_hash, commitment, row_mac",
        "wrapped_key, ciphertext, ciphertext_hash, commitment, row_mac, id, created_at",
    ]

    @Test func `sealed values do not open in another row`() async throws {
        let instance = try await TestInstance.start()
        let (ann, bob) = (instance.person(), instance.person())
        for columns in Self.columns where columns.text != "epoch_key_id" {
            for otherOwner in [false, true] {
                let mine = try await ann.keep("mine")
                var bytes = Array("theirs".utf8)
                let theirs = try await (otherOwner ? bob : ann).create()
                _ = try await (otherOwner ? bob : ann).vault.put(
                    try .init(taking: &bytes), into: theirs.id, reason: "other")
                let names = columns.text.split(separator: ", ")
                let swap = names.map { "\($0) = o.\($0)" }.joined(separator: ", ")
                try await instance.store.tamper(
                    """
                    ALTER TABLE vault.secret_versions
                        DROP CONSTRAINT IF EXISTS secret_versions_id_key
                    """,
                    """
                    UPDATE vault.secret_versions AS v SET \(fragment: SQL(stringLiteral: swap))
                    FROM vault.secret_versions AS o
                    WHERE v.secret_id = \(mine.id) AND o.secret_id = \(theirs.id)
                    """)
                // Whatever it is refused with: what counts is that it does not open.
                let got = try? await ann.get(mine.id)
                // A producer is the same where the owner is.
                let isSame = !otherOwner && columns.text == "producer"
                #expect(got == (isSame ? "mine" : nil), "\(columns.text)")
            }
        }
        await instance.stop()
    }

    @Test func `a version does not open as another of the same secret`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.keep("leaked")
        try await ann.put("fresh", secret.id)
        try await instance.store.tamper(
            """
            UPDATE vault.secret_versions AS v SET wrapped_key = o.wrapped_key,
                ciphertext = o.ciphertext, ciphertext_hash = o.ciphertext_hash,
                commitment = o.commitment, row_mac = o.row_mac
            FROM vault.secret_versions AS o WHERE v.number = 2 AND o.number = 1
            """)
        #expect(try await ann.reason(secret.id) == "vault.tampered")
        #expect(try await ann.get(secret.id, version: 1) == "leaked")
        await instance.stop()
    }

    @Test func `a row from before a change is refused, and so is one that is gone`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.keep("v", permission: "a:b")
        let other = try await ann.create()
        try await instance.store.backUp()
        _ = try await ann.call(UpdateSecret(secretID: secret.id, cleared: ["requiredPermission"]))
        try await instance.store.restore()
        #expect(try await ann.reason(secret.id) == "vault.tampered")
        let byName = try await ann.refusal(of: DescribeSecret(name: secret.name))
        #expect(byName?.reason == "vault.tampered")
        #expect(try await ann.call(ListSecrets()).secrets.map(\.id) == [other.id])
        try await instance.store.tamper("DELETE FROM vault.secrets WHERE id = \(other.id)")
        #expect(try await ann.reason(other.id) != nil)
        let alarms = try await instance.store.events().filter { $0.action == .secretTampered }
        #expect(alarms.count == 2)
        await instance.stop()
    }

    @Test func `a change whose acknowledgement was lost is taken up`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.keep("v")
        // As if the vault had been killed between the commit and the keyring's write.
        let found: SecretRecord? = try await instance.store.admin.query(
            SecretStore.lock(secret.id), as: .nobody
        ).decodeFirst()
        var record = try #require(found)
        record.revision += 1
        record = try record.authenticated(by: instance.keyring)
        try await instance.store.tamper(try record.update())
        #expect(instance.keyring.revision(of: secret.id) == record.revision - 1)
        #expect(try await ann.get(secret.id) == "v")
        #expect(instance.keyring.revision(of: secret.id) == record.revision)
        await instance.stop()
    }

    @Test func `a connection that somebody has turned elsewhere is refused`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person("vault:manage")
        let made = try await ann.call(
            CreateConnection(
                name: "model", type: .llmText, provider: "openai",
                endpointURL: "https://api.example.com/v1"))
        try await instance.store.tamper(
            "UPDATE vault.connections SET endpoint_url = 'https://evil.example.com/'")
        let refusal = try await ann.refusal(of: GetConnection(id: made.id))
        #expect(refusal?.reason == "vault.tampered")
        #expect(try await ann.call(ListConnections()).connections.isEmpty)
        await instance.stop()
    }
}
