import AuditAPI
import Foundation
import MeasurementTestSupport
import Postgres
import RPC
import Testing
import VaultAPI

@testable import VaultService

/// What callers hear who may not change a secret.
@Suite(.serialized) struct ChangeRefusalTests {
    private static let isHeavy =
        ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] != nil

    @Test func `a change is refused alike whether a secret is missing, denied or gone`()
        async throws
    {
        let instance = try await TestInstance.start()
        let ann = instance.person("vault:destroy")
        let bob = instance.person("models:use", "vault:write")
        let denied = try await ann.keep("v").id
        let deleted = try await ann.keep("v", permission: "models:use").id
        _ = try await ann.call(DeleteSecret(secretID: deleted))
        let destroyed = try await ann.keep("v", permission: "models:use").id
        _ = try await ann.call(DestroySecret(secretID: destroyed, reason: "test"))
        let kinds: [String: UUID?] = [
            "missing": nil, "denied": denied, "deleted": deleted, "destroyed": destroyed,
        ]
        var samples: [String: TimeSamples] = [:]
        var refusals: Set<RPCError> = []
        for _ in 0..<(Self.isHeavy ? 2_000 : 20) {
            for (kind, id) in kinds.shuffled() {
                let request = MoveSecretLabel(secretID: id ?? UUID(), label: .current, version: 1)
                let began = ContinuousClock.now
                let refusal = try #require(try await bob.refusal(of: request))
                samples[kind, default: .init()].append(ContinuousClock.now - began)
                refusals.insert(refusal)
            }
        }
        #expect(refusals == [.secretUnavailable])
        let missing = try #require(samples["missing"])
        for kind in ["denied", "deleted", "destroyed"] {
            let other = try #require(samples[kind])
            let probability = missing.mannWhitney(against: other)
            let ratio = missing.median / other.median
            print(
                "Refused changes: medians \(missing.median) (missing) and \(other.median) "
                    + "(\(kind)), ratio \(ratio), Mann–Whitney p = \(probability).")
            // A few samples beside other tests only show that every path can be taken.
            guard Self.isHeavy else { continue }
            #expect(abs(ratio - 1) < 0.03, "\(kind)")
            #expect(probability > 0.001, "\(kind)")
        }
        // Each attempt is recorded, one row and one event alike.
        let count = Int64(samples.values.map(\.count).reduce(0, +))
        #expect(
            try await instance.store.number(
                "SELECT count(*) FROM vault.secret_access WHERE NOT success") == count)
        await instance.stop()
    }

    @Test(.timeLimit(.minutes(1)))
    func `who may not change a secret does not wait for somebody who does`() async throws {
        let instance = try await TestInstance.start()
        let (ann, bob) = (instance.person(), instance.person())
        let secret = try await ann.keep("v")
        try await instance.store.admin.transaction(as: .nobody) { transaction in
            _ = try await transaction.execute(SecretStore.lock(secret.id))
            let refusal = try await bob.refusal(
                of: UpdateSecret(secretID: secret.id, description: "d"))
            #expect(refusal == .secretUnavailable)
        }
        await instance.stop()
    }
}
