import AuditAPI
import Foundation
import Postgres
import RPC
import SecretFormat
import Sodium
import Testing
import VaultAPI

@testable import VaultService

@Suite struct KeyTests {
    @Test func `after a rotation every value is under the new key, and opens`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        var ids: [UUID] = []
        for number in 0..<250 { ids.append(try await ann.keep("value \(number)").id) }
        let first = try await ann.call(GetVaultStatus())
        #expect(first.epochs.map(\.versionCount) == [250] && first.epochs[0].state == .active)
        _ = try await ann.call(RotateSealingKey(expectedEpoch: 1))
        // Again with the same number is the same rotation.
        #expect(try await ann.call(RotateSealingKey(expectedEpoch: 1)).epoch == 2)
        var steps: [RewrapProgress] = []
        for try await step in try await instance.client.stream(
            WatchRewrap(), options: ann.options)
        {
            steps.append(step)
        }
        #expect(steps.last?.isComplete == true && steps.last?.totalCount == 250)
        let status = try await ann.call(DestroyEpoch(epoch: 1))
        #expect(status.epochs.map(\.state) == [.destroyed, .active])
        #expect(status.epochs.map(\.versionCount) == [0, 250])
        for (number, id) in ids.enumerated() {
            #expect(try await ann.get(id) == "value \(number)")
        }
        let events = try await instance.store.events().filter { $0.action == .keyRotated }
        #expect(events.map(\.resourceID) == ["2", "1"])
        await instance.stop()
    }

    @Test func `an epoch that one version still needs is not destroyed`() async throws {
        let instance = try await TestInstance(try await TestStore(), runsWork: false)
        let ann = instance.person()
        let secret = try await ann.keep("straggler")
        _ = try await ann.call(RotateSealingKey(expectedEpoch: 1))
        let straggling = try await ann.refusal(of: DestroyEpoch(epoch: 1))
        #expect(straggling?.reason == "vault.epoch_in_use")
        #expect(try await ann.refusal(of: DestroyEpoch(epoch: 2))?.reason == "vault.epoch_in_use")
        #expect(try await ann.get(secret.id) == "straggler")
        try await instance.service.rewrapping.work()
        _ = try await ann.call(DestroyEpoch(epoch: 1))
        #expect(try await ann.get(secret.id) == "straggler")
        await instance.stop()
    }

    @Test func `a value sealed to the key before is moved as it is put`() async throws {
        let instance = try await TestInstance(try await TestStore(), runsWork: false)
        let ann = instance.person()
        let secret = try await ann.create()
        let old = instance.keyring.sealingKey
        var value = Array("late".utf8)
        let sealed = try SealedVersion(
            sealing: try SecretBytes(taking: &value),
            as: SecretContext(
                vaultID: old.vaultID, ownerID: ann.id, secretID: secret.id, version: 1,
                secretType: "api_key", producer: ann.id.uuidString.lowercased()),
            with: old)
        _ = try await ann.call(RotateSealingKey(expectedEpoch: 1))
        let request = PutSecretVersion(
            secretID: secret.id, number: 1, type: .apiKey, ownerID: ann.id, suite: 1,
            sealedKey: Data(sealed.sealedKey), keyID: Data(sealed.keyID),
            ciphertext: Data(sealed.ciphertext), commitment: Data(sealed.commitment))
        _ = try await ann.call(request)
        _ = try await ann.call(DestroyEpoch(epoch: 1))
        #expect(try await ann.get(secret.id) == "late")
        let next = try await ann.create()
        var again = request
        again.secretID = next.id
        #expect(try await ann.refusal(of: again)?.reason == "vault.seal_invalid")
        await instance.stop()
    }

    @Test func `whenever moving is cut off, nothing is lost and it goes on`() async throws {
        let store = try await TestStore()
        var instance = try await TestInstance(store, runsWork: false)
        let ann = instance.person()
        var ids: [UUID] = []
        for number in 0..<350 { ids.append(try await ann.keep("\(number)").id) }
        _ = try await ann.call(RotateSealingKey(expectedEpoch: 1))
        let key = instance.keyring.sealingKey.identifier
        func moved() async throws -> Int64 {
            try await store.number(
                "SELECT count(*) FROM vault.secret_versions WHERE epoch_key_id = \(key)")
        }
        var rounds = 0
        while try await moved() < 350 {
            let before = try await moved()
            let work = Task { [instance] in try await instance.service.rewrapping.work() }
            while try await moved() == before { await Task.yield() }
            work.cancel()
            _ = await work.result
            await instance.stop()
            instance = try await TestInstance(store, runsWork: false)
            rounds += 1
        }
        #expect(rounds > 1)
        let again = instance.again(ann)
        for (number, id) in ids.enumerated() { #expect(try await again.get(id) == "\(number)") }
        #expect(try await again.call(GetVaultStatus()).epochs.map(\.versionCount) == [0, 350])
        await instance.stop()
    }
}
