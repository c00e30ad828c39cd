import Foundation
import Postgres
import RPC
import SecretFormat
import Testing
import VaultAPI

@testable import VaultService

/// What the moving of data keys does with versions that it cannot move.
@Suite struct RewrapTests {
    private func steps(
        _ instance: TestInstance, _ person: TestPerson
    ) async throws -> [RewrapProgress] {
        var steps: [RewrapProgress] = []
        for try await step in try await instance.client.stream(
            WatchRewrap(), options: person.options)
        {
            steps.append(step)
        }
        return steps
    }

    @Test(.timeLimit(.minutes(1)))
    func `who watches is told which versions are left, and the stream ends`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let (kept, broken) = (try await ann.keep("kept"), try await ann.keep("broken"))
        try await ann.put("more", broken.id)
        try await instance.store.tamper(
            """
            UPDATE vault.secret_versions
            SET wrapped_key = decode(repeat('00', octet_length(wrapped_key)), 'hex')
            WHERE secret_id = \(broken.id) AND number = 1
            """)
        _ = try await ann.call(RotateSealingKey(expectedEpoch: 1))
        let last = try #require(try await self.steps(instance, ann).last)
        #expect(!last.isComplete && last.remainingCount == 1 && last.totalCount == 3)
        #expect(
            last.left == [
                RewrapRemainder(secretID: broken.id, version: 1, reason: "tampered")
            ])
        #expect(try await ann.get(kept.id) == "kept")
        #expect(try await ann.get(broken.id) == "more")
        #expect(
            try await ann.refusal(of: DestroyEpoch(epoch: 1))?.reason == "vault.epoch_in_use")
        // Who watches later hears the same.
        #expect(try await self.steps(instance, ann).last?.left?.count == 1)
        await instance.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func `a row that somebody has locked is moved soon after, and nobody waits for it`()
        async throws
    {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let (first, second) = (try await ann.keep("a"), try await ann.keep("b"))
        try await instance.store.admin.transaction(as: .nobody) { transaction in
            _ = try await transaction.execute(
                """
                SELECT FROM vault.secret_versions WHERE secret_id = \(first.id) FOR UPDATE
                """)
            _ = try await ann.call(RotateSealingKey(expectedEpoch: 1))
            for try await step in try await instance.client.stream(
                WatchRewrap(), options: ann.options)
            {
                #expect(!step.isComplete && step.left == nil)
                if step.remainingCount == 1 { break }
            }
        }
        // The lock is given back: nothing wakes the work but its own pause.
        let last = try #require(try await self.steps(instance, ann).last)
        #expect(last.isComplete && last.remainingCount == 0)
        #expect(try await ann.get(first.id) == "a")
        #expect(try await ann.get(second.id) == "b")
        await instance.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func `a transaction that destroys an epoch and does not end holds up no round`() async throws {
        let instance = try await TestInstance(try await TestStore(), runsWork: false)
        let ann = instance.person()
        let secret = try await ann.keep("a")
        _ = try await ann.call(RotateSealingKey(expectedEpoch: 1))
        let key = instance.keyring.sealingKey.identifier
        try await instance.store.admin.transaction(as: .nobody) { transaction in
            _ = try await transaction.execute(VersionStore.holdEpochs)
            let began = ContinuousClock.now
            try await instance.service.rewrapping.work()
            #expect(ContinuousClock.now - began < .seconds(10))
            #expect(instance.service.rewrapping.left(under: key) == nil)
        }
        try await instance.service.rewrapping.work()
        #expect(instance.service.rewrapping.left(under: key) == [])
        #expect(try await ann.get(secret.id) == "a")
        await instance.stop()
    }
}
