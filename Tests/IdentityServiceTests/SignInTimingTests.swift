internal import FoundationEssentials
internal import IdentityAPI
internal import MeasurementTestSupport
internal import RPC
internal import Sodium
internal import Testing

@testable import IdentityService

@Suite("The time a failed sign-in takes", .serialized)
struct SignInTimingTests {
    private static let isHeavy =
        ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] != nil

    @Test("tells neither an unknown name nor a disabled account from a wrong password")
    func timing() async throws {
        let count = Self.isHeavy ? 2_000 : 40
        try await IdentityFixture.with(throttle: .off, parameters: .init()) { fixture in
            let person = try await fixture.person()
            let disabled = try await fixture.person()
            try await fixture.asSuperuser(
                "UPDATE identity.users SET is_active = false WHERE id = '\(disabled.id)'")
            func sample(_ identifier: String, _ password: String) async -> Duration {
                let began = ContinuousClock.now
                // That it fails is the point.
                _ = try? await fixture.signIn(identifier, password: password)
                return began.duration(to: .now)
            }
            var wrong = TimeSamples()
            var unknown = TimeSamples()
            var inactive = TimeSamples()
            for index in 0..<count {
                wrong.append(await sample(person.email, "wrong horse battery"))
                unknown.append(
                    await sample("nobody\(index % 7)@example.org", "wrong horse battery"))
                inactive.append(await sample(disabled.email, IdentityFixture.password))
            }
            for (name, samples) in [("unknown", unknown), ("disabled", inactive)] {
                let ratio = samples.median / wrong.median
                let probability = wrong.mannWhitney(against: samples)
                print(
                    """
                    Sign-in: \(name) \(samples.median), wrong password \(wrong.median), \
                    ratio \(ratio), p = \(probability).
                    """)
                // Beside other tests a small sample only shows that nothing is left out.
                #expect(abs(ratio - 1) < (Self.isHeavy ? 0.02 : 0.5), "\(name)")
                if Self.isHeavy { #expect(probability > 0.001, "\(name)") }
            }
        }
    }
}
