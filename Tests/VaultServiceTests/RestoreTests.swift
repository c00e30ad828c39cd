import AuditAPI
import Foundation
import Postgres
import RPC
import ServiceKit
import Testing
import VaultAPI

@testable import VaultService

/// A whole database from before.
@Suite struct RestoreTests {
    private func acceptance(_ instance: TestInstance) -> RestoreAcceptance {
        RestoreAcceptance(
            database: instance.database, rows: RowGuard(keyring: instance.keyring),
            audit: AuditOutbox(schema: "vault", gauge: OutboxGauge(limit: 1_000)),
            comparison: instance.service.comparison)
    }

    @Test func `an older database locks the vault until it is accepted`() async throws {
        let store = try await TestStore()
        var instance = try await TestInstance(store)
        let ann = instance.person("vault:manage", "vault:destroy")
        let kept = try await ann.keep("kept")
        let destroyed = try await ann.keep("gone")
        let partly = try await ann.keep("old")
        try await ann.put("new", partly.id)
        _ = try await ann.call(
            CreateConnection(name: "c", type: .crm, provider: "p", secretID: kept.id))
        try await store.backUp()
        _ = try await ann.call(DestroySecret(secretID: destroyed.id, reason: "leaked"))
        _ = try await ann.call(DestroySecret(secretID: partly.id, version: 1, reason: "leaked"))
        let later = try await ann.keep("later")
        let connection = try await ann.call(ListConnections()).connections[0]
        _ = try await ann.call(UpdateConnection(id: connection.id, provider: "q"))
        await instance.stop()

        try await store.restore()
        instance = try await TestInstance(store)
        let again = instance.again(ann)
        #expect(try await again.reason(kept.id) == "vault.locked")
        #expect(
            try await again.refusal(of: CreateSecret(name: "x", type: .generic))?.reason
                == "vault.locked")
        #expect(try await again.call(GetVaultStatus()).isLocked)
        #expect(!instance.service.standing.health.isReady)
        let alarms = try await store.events().filter { $0.action == .secretTampered }
        #expect(alarms.map(\.resourceType) == ["vault"])
        let outcome = try await self.acceptance(instance).accept(reason: "the disk broke")
        #expect(outcome.acceptedCount == 3 && outcome.lostCount == 1)
        #expect(outcome.destroyedCount == 2 && outcome.alteredCount == 0)
        await instance.stop()

        instance = try await TestInstance(store)
        let after = instance.again(ann)
        #expect(try await after.get(kept.id) == "kept")
        #expect(try await after.reason(destroyed.id) == "vault.secret_destroyed")
        #expect(try await after.reason(partly.id, version: 1) == "vault.secret_destroyed")
        #expect(try await after.get(partly.id) == "new")
        #expect(try await after.reason(later.id) != nil)
        #expect(try await after.call(ListConnections()).connections.map(\.provider) == ["p"])
        let left = try await store.number(
            """
            SELECT count(*) FROM vault.secret_versions
            WHERE wrapped_key IS NOT NULL
                AND (secret_id = \(destroyed.id) OR secret_id = \(partly.id) AND number = 1)
            """)
        #expect(left == 0)
        let restored = try await store.events().filter { $0.action == .vaultRestored }
        #expect(restored.count == 1)
        await instance.stop()

        // The same backup once more is older than what was accepted.
        try await store.restore()
        instance = try await TestInstance(store)
        #expect(instance.service.standing.objection != nil)
        await instance.stop()
    }

    @Test func `a backup with a row somebody has edited keeps that row refused`() async throws {
        let store = try await TestStore()
        var instance = try await TestInstance(store)
        let ann = instance.person()
        let (first, second) = (try await ann.keep("one"), try await ann.keep("two"))
        try await store.backUp()
        try await ann.put("1", first.id)
        try await ann.put("2", second.id)
        try await store.restore()
        try await store.tamper("UPDATE vault.secrets SET name = 'x' WHERE id = \(second.id)")
        let outcome = try await self.acceptance(instance).accept(reason: "test")
        #expect(outcome.acceptedCount == 1 && outcome.alteredCount == 1)
        await instance.stop()
        instance = try await TestInstance(store)
        let again = instance.again(ann)
        #expect(try await again.get(first.id) == "one")
        #expect(try await again.reason(second.id) == "vault.tampered")
        await instance.stop()
    }

    @Test func `a database that fits is not accepted`() async throws {
        let instance = try await TestInstance.start()
        _ = try await instance.person().keep("v")
        await #expect(throws: StartupError.self) {
            try await self.acceptance(instance).accept(reason: "test")
        }
        await instance.stop()
    }

    @Test func `another vault's database is refused`() async throws {
        let store = try await TestStore()
        let instance = try await TestInstance(store)
        await instance.stop()
        try await store.tamper("UPDATE vault.vault_state SET vault_id = uuidv7()")
        await #expect(throws: StartupError.self) { _ = try await TestInstance(store) }
    }
}
