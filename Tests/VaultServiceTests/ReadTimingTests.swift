import Foundation
import MeasurementTestSupport
import Postgres
import RPC
import SecretFormat
import Testing
import VaultAPI

@testable import VaultService

/// How long reads take, and that refusals take alike.
@Suite(.serialized) struct ReadTimingTests {
    private static let isHeavy =
        ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] == "1"

    @Test func `missing, denied, expired and destroyed secrets take the same time`() async throws {
        let instance = try await TestInstance.start()
        let ann = instance.person()
        let bob = instance.person("models:use")
        let denied = try await ann.keep("v").id
        let expired = try await ann.keep("v", permission: "models:use").id
        _ = try await ann.call(
            UpdateSecret(secretID: expired, expiresAt: Date(timeIntervalSince1970: 1)))
        let destroyed = try await ann.keep("v", permission: "models:use").id
        _ = try await ann.call(DestroySecret(secretID: destroyed, reason: "test"))
        let reader = try ReaderKeyPair()
        let kinds = ["missing", "denied", "expired", "destroyed"]
        var samples: [String: TimeSamples] = [:]
        for _ in 0..<(Self.isHeavy ? 2_000 : 50) {
            for kind in kinds.shuffled() {
                let id =
                    switch kind {
                    case "denied": denied
                    case "expired": expired
                    case "destroyed": destroyed
                    default: UUID()
                    }
                let request = GetSecret(
                    secretID: id, readerKey: Data(reader.publicKey),
                    requestID: Data(reader.requestID))
                let began = ContinuousClock.now
                let refusal = try await bob.refusal(of: request)
                samples[kind, default: .init()].append(ContinuousClock.now - began)
                #expect(refusal?.reason == "vault.secret_unavailable")
            }
        }
        let missing = try #require(samples["missing"])
        for kind in kinds.dropFirst() {
            let other = try #require(samples[kind])
            let probability = missing.mannWhitney(against: other)
            let ratio = missing.median / other.median
            print(
                "Refusals: medians \(missing.median) (missing) and \(other.median) (\(kind)), "
                    + "ratio \(ratio), Mann–Whitney p = \(probability) over \(other.count) each.")
            // Other tests run at the same time: only a gross difference shows in a sample.
            #expect(abs(ratio - 1) < (Self.isHeavy ? 0.03 : 0.5))
            if Self.isHeavy { #expect(probability > 0.003) }
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
        let (key, request) = (Data(reader.publicKey), Data(reader.requestID))
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
