import AuditAPI
import Foundation
import RPC
import Testing
import VaultAPI

@testable import VaultService

/// What the audit log says of the vault's keys.
@Suite struct KeyEventTests {
    private func said(_ store: TestStore) async throws -> [String] {
        try await store.events().filter { $0.action == .keyRotated }
            .map { "\($0.resourceType ?? "") \($0.resourceID ?? "")" }
    }

    @Test func `an epoch that was begun or destroyed just before a kill is in the log afterwards`()
        async throws
    {
        let store = try await TestStore()
        var instance = try await TestInstance(store, runsWork: false)
        let ann = instance.person()
        #expect(try await self.said(store).isEmpty)
        // The keyring has it, and the transaction with the event was not committed.
        _ = try await instance.keyring.addEpoch()
        await instance.stop()
        instance = try await TestInstance(store, runsWork: false)
        #expect(try await self.said(store) == ["vault_epoch 2"])
        _ = try await instance.again(ann).call(RotateSealingKey(expectedEpoch: 2))
        try await instance.keyring.destroyEpoch(1)
        _ = try await instance.again(ann).call(DestroyEpoch(epoch: 2))
        await instance.stop()
        for _ in 0..<2 {
            instance = try await TestInstance(store, runsWork: false)
            await instance.service.upkeep.round()
            #expect(
                try await self.said(store) == [
                    "vault_epoch 2", "vault_epoch 3", "vault_epoch 2", "vault_epoch 1",
                ])
            await instance.stop()
        }
    }

    @Test func `another root key and another recovery key are in the log after the next start`()
        async throws
    {
        let store = try await TestStore()
        try await TestInstance(store, runsWork: false).stop()
        try store.changeRootKey()
        for _ in 0..<2 {
            try await TestInstance(store, runsWork: false).stop()
            let said = try await self.said(store)
            #expect(said.count == 1 && said.allSatisfy { $0.hasPrefix("vault_root_key ") })
        }
        let id = try store.setRecoveryKey()
        for _ in 0..<2 {
            try await TestInstance(store, runsWork: false).stop()
            let said = try await self.said(store)
            #expect(said.count == 2 && said.last == "vault_recovery_key \(id)")
        }
    }
}
