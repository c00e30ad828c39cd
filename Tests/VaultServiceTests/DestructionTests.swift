import AuditAPI
import Foundation
import Postgres
import RPC
import Testing
import VaultAPI

@testable import VaultService

@Suite struct DestructionTests {
    private static let shared = Task { try await TestInstance.start() }
    private func instance() async throws -> TestInstance { try await Self.shared.value }

    @Test func `what is destroyed is gone from the rows and the keyring, for ever`() async throws {
        let store = try await TestStore()
        let instance = try await TestInstance(store)
        let ann = instance.person()
        let secret = try await ann.keep("one")
        try await ann.put("two", secret.id)
        try await store.backUp()
        let before = instance.keyring.destructionKeyCount
        let done = try await ann.call(
            DestroySecret(secretID: secret.id, version: 1, reason: "leaked"))
        #expect(done.doneAt != nil && done.approvedBy == nil && done.version == 1)
        #expect(instance.keyring.destructionKeyCount == before - 1)
        #expect(try await ann.reason(secret.id, version: 1) == "vault.secret_destroyed")
        #expect(try await ann.get(secret.id) == "two")
        let again = try await ann.call(
            DestroySecret(secretID: secret.id, version: 1, reason: "again"))
        #expect(again == done)
        _ = try await ann.call(DestroySecret(secretID: secret.id, reason: "all of it"))
        #expect(instance.keyring.isDestroyed(secret.id))
        #expect(try await ann.reason(secret.id) == "vault.secret_destroyed")
        let left = try await store.number(
            """
            SELECT count(*) FROM vault.secret_versions
            WHERE secret_id = \(secret.id) AND (ciphertext IS NOT NULL OR wrapped_key IS NOT NULL)
            """)
        #expect(left == 0)
        // The backup has everything but the keys.
        try await store.restore()
        #expect(try await ann.reason(secret.id) == "vault.tampered")
        let undone = try await ann.refusal(of: UndeleteSecret(secretID: secret.id))
        #expect(undone?.reason == "vault.tampered")
        await instance.stop()
    }

    @Test func `where it is asked for, a second person destroys`() async throws {
        let instance = try await self.instance()
        let ann = instance.person("vault:destroy")
        let boss = instance.person("vault:manage", "vault:destroy")
        let eve = instance.person("vault:destroy")
        let secret = try await ann.call(
            CreateSecret(name: UUID().uuidString, type: .apiKey, needsSecondPerson: true))
        try await ann.put("v", secret.id)
        let asked = try await ann.call(DestroySecret(secretID: secret.id, reason: "leaked"))
        #expect(asked.doneAt == nil && asked.expiresAt != nil)
        #expect(try await ann.get(secret.id) == "v")
        let own = try await ann.refusal(of: ApproveDestruction(id: asked.id))
        #expect(own?.reason == "vault.needs_second_person")
        let stranger = try await eve.refusal(of: ApproveDestruction(id: asked.id))
        #expect(stranger?.reason == "vault.secret_unavailable")
        let waiting = try await boss.call(ListDestructions()).destructions
        #expect(waiting.contains(asked))
        let lifted = try await ann.refusal(
            of: UpdateSecret(secretID: secret.id, needsSecondPerson: false))
        #expect(lifted?.reason == "vault.needs_second_person")
        let done = try await boss.call(ApproveDestruction(id: asked.id))
        #expect(done.doneAt != nil && done.approvedBy == boss.id)
        #expect(try await ann.reason(secret.id) == "vault.secret_destroyed")
        #expect(instance.keyring.isDestroyed(secret.id))
    }

    @Test func `a request that somebody made by SQL is refused`() async throws {
        let instance = try await self.instance()
        let ann = instance.person()
        let boss = instance.person("vault:manage")
        let secret = try await ann.call(
            CreateSecret(name: UUID().uuidString, type: .apiKey, needsSecondPerson: true))
        try await ann.put("v", secret.id)
        let id = UUID()
        try await instance.store.tamper(
            """
            INSERT INTO vault.destructions (
                id, secret_id, reason, requested_by, requested_at, expires_at, row_mac)
            VALUES (\(id), \(secret.id), 'x', \(ann.id), now(), now() + interval '1 day',
                decode(repeat('00', 32), 'hex'))
            """)
        let refusal = try await boss.refusal(of: ApproveDestruction(id: id))
        #expect(refusal?.reason == "vault.tampered")
        #expect(try await ann.get(secret.id) == "v")
    }

    @Test func `a destruction that was cut off is ended by the next start`() async throws {
        let store = try await TestStore()
        var instance = try await TestInstance(store)
        let ann = instance.person()
        let secret = try await ann.keep("v")
        // As if the vault had been killed before the keys went.
        try await instance.rewrite(secret.id) { $0.destroyedAt = Date(microseconds: 1_000_000) }
        #expect(!instance.keyring.isDestroyed(secret.id))
        await instance.stop()
        instance = try await TestInstance(store)
        #expect(instance.keyring.isDestroyed(secret.id))
        await instance.stop()
    }
}
