import Foundation
import IdentityAPI
import MeasurementTestSupport
import RPC
import StewardTestSupport
import Testing

@Suite("Sign-in tells nobody who exists", .serialized)
struct TimingTests {
    private static let pairs = TestSettings.isHeavy ? 3_000 : 20
    /// How many people's passwords are guessed in turn: how Argon2id walks through memory, and so
    /// its time, depends a little on each hash's salt.
    private static let people = TestSettings.isHeavy ? 12 : 2

    @Test("An unknown user and a wrong password get the same answer after the same time")
    func indistinguishable() async throws {
        let installation = try await Installation.start()
        var people: [Person] = []
        for _ in 0..<Self.people { people.append(try await installation.newPerson()) }
        let client = installation.client("identity")
        var unknown = TimeSamples()
        var wrong = TimeSamples()
        var answers: Set<RPCError> = []
        var generator = SeededGenerator(stream: 1)
        for pair in 0..<Self.pairs {
            // In a random order, so that neither is always the one after the other.
            for isUnknown in Bool.random(using: &generator) ? [true, false] : [false, true] {
                let nobody = "\(UUID().uuidString.lowercased())@example.org"
                let email = isUnknown ? nobody : people[pair % Self.people].email
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
        let ratio = unknown.median / wrong.median
        let probability = unknown.mannWhitney(against: wrong)
        print(
            """
            Sign-in: medians \(unknown.median) (unknown user) and \
            \(wrong.median) (wrong password), ratio \(ratio), \
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
