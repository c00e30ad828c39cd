internal import FoundationEssentials
internal import Sodium
internal import Testing

@testable import IdentityService

@Suite("Refresh tokens by the rules alone")
struct RefreshRulesTests {
    /// All combinations of what is known of a token.
    private static let states: [RefreshState] = (0..<128).map { bits in
        RefreshState(
            isSessionOver: bits & 1 != 0, isUserActive: bits & 2 != 0, isExpired: bits & 4 != 0,
            isUsed: bits & 8 != 0, isWithinGrace: bits & 16 != 0,
            isSuccessorUsed: bits & 32 != 0, hasSealedSuccessor: bits & 64 != 0)
    }

    @Test("Every state has the one outcome that the specification gives it", arguments: states)
    func outcome(state: RefreshState) {
        let expected: RefreshDecision =
            if state.isSessionOver || !state.isUserActive {
                .refuse
            } else if !state.isUsed && state.isExpired {
                .refuse
            } else if !state.isUsed {
                .rotate
            } else if state.isWithinGrace && !state.isSuccessorUsed && state.hasSealedSuccessor {
                .repeatSuccessor
            } else {
                .reused
            }
        #expect(RefreshRules.decide(state) == expected)
    }

    @Test("A token is str_ and 256 random bits, and nothing else is one")
    func form() {
        let token = RefreshToken()
        #expect(token.text.hasPrefix("str_"))
        #expect(token.text.utf8.count == 47)
        #expect(RefreshToken(token.text)?.hash == token.hash)
        #expect(token.hash.count == 32)
        #expect(RefreshToken().text != token.text)
        for bad in [
            "", "str_", String(token.text.dropLast()), token.text + "A", token.text + "=",
            String(token.text.dropFirst(4)), "STR_" + token.text.dropFirst(4),
            "str_" + String(repeating: "!", count: 43), String(repeating: "a", count: 100_000),
        ] {
            #expect(RefreshToken(bad) == nil)
        }
    }

    @Test("Only the token itself opens the successor that was sealed for it")
    func seal() throws {
        let (token, successor) = (RefreshToken(), RefreshToken())
        let sealed = try token.seal(successor: successor)
        #expect(try token.openSuccessor(sealed).text == successor.text)
        #expect(throws: SodiumError.self) { try RefreshToken().openSuccessor(sealed) }
        for index in [0, sealed.count / 2, sealed.count - 1] {
            var changed = sealed
            changed[changed.startIndex + index] ^= 1
            #expect(throws: SodiumError.self) { try token.openSuccessor(changed) }
        }
        #expect(throws: SodiumError.self) { try token.openSuccessor(Data()) }
    }
}

@Suite("Throttling by the rules alone")
struct ThrottlePolicyTests {
    @Test("Five failures are free, then the lock doubles from one second to fifteen minutes")
    func account() {
        let delays = (1...20).map { ThrottlePolicy.account.delay(afterFailures: $0) }
        #expect(delays[0..<5].allSatisfy { $0 == nil })
        let locks: [Duration] = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map { .seconds($0) }
        #expect(Array(delays[5..<15]) == locks)
        #expect(delays[15...].allSatisfy { $0 == .seconds(900) })
    }

    @Test("Any number of failures has a delay")
    func bounds() {
        #expect(ThrottlePolicy.account.delay(afterFailures: 0) == nil)
        #expect(ThrottlePolicy.account.delay(afterFailures: .max) == .seconds(900))
        #expect(ThrottlePolicy.source.delay(afterFailures: 20) == nil)
        #expect(ThrottlePolicy.source.delay(afterFailures: 21) == .seconds(1))
    }
}
