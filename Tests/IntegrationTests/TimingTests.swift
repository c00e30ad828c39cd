import Foundation
import IdentityAPI
import RPC
import StewardTestSupport
import Testing

@Suite("Sign-in tells nobody who exists", .serialized)
struct TimingTests {
    private static let pairs = TestSettings.isHeavy ? 1_000 : 20

    @Test("An unknown user and a wrong password get the same answer after the same time")
    func indistinguishable() async throws {
        let installation = try await Installation.start()
        let person = try await installation.newPerson()
        let client = installation.client("identity")
        var unknown: [Duration] = []
        var wrong: [Duration] = []
        var answers: Set<RPCError> = []
        var generator = SeededGenerator(stream: 1)
        for _ in 0..<Self.pairs {
            // In a random order, so that neither is always the one after the other.
            for isUnknown in Bool.random(using: &generator) ? [true, false] : [false, true] {
                let nobody = "\(UUID().uuidString.lowercased())@example.org"
                let email = isUnknown ? nobody : person.email
                let began = ContinuousClock.now
                let error = await #expect(throws: RPCError.self) {
                    try await client.call(
                        SignIn(identifier: email, password: "a password that is not theirs")
                    )
                }
                let took = ContinuousClock.now - began
                if isUnknown { unknown.append(took) } else { wrong.append(took) }
                if let error { answers.insert(error) }
            }
        }
        #expect(answers.count == 1)
        #expect(answers.first?.reason == "identity.credentials_invalid")
        let ratio = Statistics.median(unknown) / Statistics.median(wrong)
        let probability = Statistics.mannWhitney(unknown, wrong)
        print(
            """
            Sign-in: medians \(Statistics.median(unknown)) (unknown user) and \
            \(Statistics.median(wrong)) (wrong password), ratio \(ratio), \
            Mann–Whitney p = \(probability) over \(unknown.count + wrong.count) samples.
            """
        )
        if TestSettings.isHeavy {
            #expect(abs(ratio - 1) < 0.02)
            #expect(probability > 0.01)
        } else {
            // Other tests run at the same time: only a gross difference shows in a sample.
            #expect(abs(ratio - 1) < 0.5)
        }
        try await installation.stop()
    }
}

/// What the timing test needs of statistics.
private enum Statistics {
    static func median(_ samples: [Duration]) -> Duration {
        samples.sorted()[samples.count / 2]
    }

    /// How probable so large a difference of ranks is if both samples have one distribution:
    /// two-sided, by the normal approximation.
    static func mannWhitney(_ one: [Duration], _ other: [Duration]) -> Double {
        let ranked = (one.map { ($0, true) } + other.map { ($0, false) }).sorted { $0.0 < $1.0 }
        let rankSum = ranked.enumerated().reduce(0.0) { sum, entry in
            entry.element.1 ? sum + Double(entry.offset + 1) : sum
        }
        let (m, n) = (Double(one.count), Double(other.count))
        let statistic = rankSum - m * (m + 1) / 2
        let deviation = (m * n * (m + n + 1) / 12).squareRoot()
        return erfc(abs(statistic - m * n / 2) / deviation / 2.0.squareRoot())
    }
}
