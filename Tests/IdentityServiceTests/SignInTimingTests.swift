internal import FoundationEssentials
internal import IdentityAPI
internal import RPC
internal import Sodium
internal import Testing

@testable import IdentityService

@Suite("The time a failed sign-in takes", .serialized)
struct SignInTimingTests {
    private static let isHeavy =
        ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] != nil

    /// The middle of sorted samples.
    private static func median(_ samples: [Duration]) -> Double {
        samples.sorted()[samples.count / 2].seconds
    }

    /// The two-sided p-value of the Mann–Whitney test, by the normal approximation.
    private static func mannWhitney(_ left: [Duration], _ right: [Duration]) -> Double {
        let all =
            (left.map { ($0, true) } + right.map { ($0, false) }).sorted { $0.0 < $1.0 }
        let rankSum = all.enumerated().filter { $0.element.1 }
            .reduce(0.0) { $0 + Double($1.offset + 1) }
        let (n1, n2) = (Double(left.count), Double(right.count))
        let u = rankSum - n1 * (n1 + 1) / 2
        let z = (u - n1 * n2 / 2) / (n1 * n2 * (n1 + n2 + 1) / 12).squareRoot()
        // 2 (1 - Φ(|z|)) by Abramowitz and Stegun 26.2.17.
        let x = abs(z)
        let t = 1 / (1 + 0.2316419 * x)
        let density = 0.3989422804014327 * exponential(-x * x / 2)
        let tail =
            density * t
            * (0.319381530 + t
                * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
        return min(1, 2 * tail)
    }

    private static func exponential(_ x: Double) -> Double {
        // exp(x) = exp(x / 1024) ^ 1024; exact enough for a p-value.
        var value = 1 + x / 1_024 + x * x / 2_097_152
        for _ in 0..<10 { value *= value }
        return value
    }

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
            var wrong: [Duration] = []
            var unknown: [Duration] = []
            var inactive: [Duration] = []
            for index in 0..<count {
                wrong.append(await sample(person.email, "wrong horse battery"))
                unknown.append(
                    await sample("nobody\(index % 7)@example.org", "wrong horse battery"))
                inactive.append(await sample(disabled.email, IdentityFixture.password))
            }
            let reference = Self.median(wrong)
            for (name, samples) in [("unknown", unknown), ("disabled", inactive)] {
                let ratio = Self.median(samples) / reference
                let probability = Self.mannWhitney(wrong, samples)
                print(
                    "sign-in timing: \(name) \(Self.median(samples) * 1e3) ms, wrong password "
                        + "\(reference * 1e3) ms, ratio \(ratio), p \(probability)")
                // Beside other tests a small sample only shows that nothing is left out.
                #expect(abs(ratio - 1) < (Self.isHeavy ? 0.02 : 0.5), "\(name)")
                if Self.isHeavy { #expect(probability > 0.001, "\(name)") }
            }
        }
    }
}
