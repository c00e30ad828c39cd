import Foundation
import MeasurementTestSupport
import Postgres
import RPC
import SecretFormat
import Sodium
import Testing
import VaultAPI

@testable import VaultService

/// How long reads take, and that refusals take alike.
@Suite(.serialized) struct ReadTimingTests {
    private static let isHeavy =
        ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] != nil

    @Test func `time does not tell why a secret is not to be had`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person("vault:destroy")
        let bob = instance.person("models:use")
        let denied = try await ann.keep("v").id
        let expired = try await ann.keep("v", permission: "models:use").id
        _ = try await ann.call(
            UpdateSecret(secretID: expired, expiresAt: Date(timeIntervalSince1970: 1)))
        let deleted = try await ann.keep("v", permission: "models:use").id
        _ = try await ann.call(DeleteSecret(secretID: deleted))
        let destroyed = try await ann.keep("v", permission: "models:use").id
        _ = try await ann.call(DestroySecret(secretID: destroyed, reason: "test"))
        let reader = try ReaderKeyPair()
        let kinds: [String: UUID?] = [
            "missing": nil, "denied": denied, "expired": expired, "deleted": deleted,
            "destroyed": destroyed,
        ]
        var samples: [String: TimeSamples] = [:]
        for _ in 0..<(Self.isHeavy ? 2_000 : 20) {
            // None always comes behind the same other.
            for (kind, id) in kinds.shuffled() {
                let request = GetSecret(
                    secretID: id ?? UUID(), readerKey: Data(reader.publicKey.bytes),
                    requestID: Data(reader.requestID))
                let began = ContinuousClock.now
                let refusal = try await bob.refusal(of: request)
                samples[kind, default: .init()].append(ContinuousClock.now - began)
                #expect(refusal?.reason == "vault.secret_unavailable")
            }
        }
        let missing = try #require(samples["missing"])
        for kind in ["denied", "expired", "deleted", "destroyed"] {
            let other = try #require(samples[kind])
            let probability = missing.mannWhitney(against: other)
            let ratio = missing.median / other.median
            print(
                "Refusals: medians \(missing.median) (missing) and \(other.median) (\(kind)), "
                    + "ratio \(ratio), Mann–Whitney p = \(probability) over \(other.count) each.")
            // A few samples beside other tests only show that every path can be taken.
            guard Self.isHeavy else { continue }
            #expect(abs(ratio - 1) < 0.03, "\(kind)")
            #expect(probability > 0.001, "\(kind)")
        }
        await instance.stop()
    }

    @Test func `the plan of a read is made a few times and then kept`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let secret = try await ann.keep("v")
        for _ in 0..<30 { #expect(try await ann.get(secret.id) == "v") }
        // On the connection that reads went through.
        let rows = try await instance.database.read(
            """
            SELECT generic_plans, custom_plans FROM pg_prepared_statements
            WHERE statement LIKE '%secret_versions%' AND generic_plans + custom_plans > 20
            """,
            as: .nobody
        ).rows
        // What is given out is read where the use is committed, on other connections.
        #expect(rows.count == 1)
        for row in rows {
            let (kept, made): (Int64, Int64) = (try row.get(0), try row.get(1))
            #expect(kept > made)
        }
        await instance.stop()
    }

    @Test func `reads through the whole path keep their rate`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        var made: [UUID] = []
        for number in 0..<64 { made.append(try await ann.keep("value \(number)").id) }
        let ids = made
        let count = Self.isHeavy ? 20_000 : 640
        let reader = try ReaderKeyPair()
        let (key, request) = (Data(reader.publicKey.bytes), Data(reader.requestID))
        let began = ContinuousClock.now
        let samples = try await withThrowingTaskGroup(of: TimeSamples.self) { group in
            for worker in 0..<32 {
                group.addTask {
                    var samples = TimeSamples()
                    for number in 0..<(count / 32) {
                        let id = ids[(worker + number) % ids.count]
                        let start = ContinuousClock.now
                        _ = try await ann.call(
                            GetSecret(secretID: id, readerKey: key, requestID: request))
                        samples.append(ContinuousClock.now - start)
                    }
                    return samples
                }
            }
            return try await group.reduce(into: TimeSamples()) { $0.append(contentsOf: $1) }
        }
        let rate = Double(count) / ((ContinuousClock.now - began) / .seconds(1))
        var inserts = TimeSamples()
        for _ in 0..<100 {
            let start = ContinuousClock.now
            try await instance.store.tamper(
                """
                INSERT INTO vault.secret_access (id, access_type, success, accessed_at)
                VALUES (uuidv7(), 'read', true, now())
                """)
            inserts.append(ContinuousClock.now - start)
        }
        print(
            "Reads: \(Int(rate))/s at 32 in flight, p50 \(samples.median), "
                + "p99 \(samples.percentile(0.99)); one insert with its flush: p50 "
                + "\(inserts.median).")
        #expect(samples.count == count / 32 * 32)
        await instance.stop()
    }
}
