internal import RPC
internal import Testing

@testable import IdentityService

@Suite("Which passwords people may choose")
struct PasswordPolicyTests {
    private let policy = PasswordPolicy()
    private let words = PasswordPolicy.knownWords(
        email: "margarethe.vonbergen@example.org", username: "mvb_1984",
        names: ["Margarethe von Bergen", nil])

    private func reason(_ password: String, policy: PasswordPolicy? = nil) -> String? {
        do throws(RPCError) {
            _ = try (policy ?? self.policy).check(
                password, knowing: self.words, field: "password")
            return nil
        } catch {
            return error.reason
        }
    }

    @Test("The length is counted in code points, 15 to 128")
    func length() {
        let base = "kxv7 owl.timber Zu9 "
        let long = String(repeating: base, count: 7)
        #expect(self.reason(String(long.prefix(14))) == "identity.password_too_short")
        #expect(self.reason(String(long.prefix(15))) == nil)
        #expect(self.reason(String(long.prefix(128))) == nil)
        #expect(self.reason(String(long.prefix(129))) == "identity.password_invalid")
        // A family of four is one character to Swift and seven code points here.
        #expect(self.reason("👨‍👩‍👧‍👦 owl tim") == nil)
    }

    @Test("A configured minimum of 8 is honoured")
    func configuredMinimum() {
        let policy = PasswordPolicy(minimumLength: 8)
        #expect(self.reason("kxv7 ow", policy: policy) == "identity.password_too_short")
        #expect(self.reason("kxv7 owl", policy: policy) == nil)
        #expect(self.reason("password", policy: policy) == "identity.password_too_common")
        #expect(self.reason("Trustno1", policy: policy) == "identity.password_too_common")
        #expect(self.reason("qwerty12", policy: policy) == "identity.password_too_common")
    }

    @Test("No kind of character is asked for, and none but NUL refused")
    func noComposition() {
        #expect(self.reason("vellum otter brine quay") == nil)
        #expect(self.reason("ελληνικά γράμματα μόνο") == nil)
        #expect(self.reason("tab\tand\nnewline are fine") == nil)
        #expect(self.reason("vellum otter\0brine quay") == "identity.password_invalid")
    }

    @Test(
        "What attackers try first is refused however it is dressed up",
        arguments: [
            "passwordpassword", "PasswordPassword", "password1234567", "!!!!password!!!!",
            "correcthorsebatterystaple", "123456789012345", "abcdefghijklmnop",
            "qwertyuiopasdfgh", "aaaaaaaaaaaaaaaa", "abcabcabcabcabcabc", "1q2w3e4r5t6y7u8i",
            "poiuytrewqpoiuy", "987654321098765", "zyxwvutsrqponmlk", "iloveyouforever",
            "football2024!!!!!", "changemechangeme",
        ])
    func common(password: String) {
        #expect(self.reason(password) == "identity.password_too_common")
    }

    @Test(
        "Words that everybody knows of the person count for nothing",
        arguments: [
            "margarethe-1984!!", "Margarethe von Bergen", "vonbergenvonbergen77",
            "mvb_1984mvb_1984", "steward-steward-1", "example.org2026",
        ])
    func context(password: String) {
        #expect(self.reason(password) == "identity.password_too_common")
    }

    @Test("Both ways to write a letter with an accent are the same password")
    func normalForm() throws {
        let composed = "clair de lune caf\u{E9}"
        let decomposed = "clair de lune cafe\u{301}"
        #expect(Array(composed.utf8) != Array(decomposed.utf8))
        let first = try self.policy.check(composed, knowing: [], field: "password")
        let second = try self.policy.check(decomposed, knowing: [], field: "password")
        #expect(Array(first.utf8) == Array(second.utf8))
        #expect(PasswordPolicy.canonical(decomposed).map { Array($0.utf8) } == Array(first.utf8))
    }

    @Test("Nobody can have a password beyond the bounds")
    func canonicalBounds() {
        #expect(PasswordPolicy.canonical("") == nil)
        #expect(PasswordPolicy.canonical(String(repeating: "é", count: 128)) != nil)
        #expect(PasswordPolicy.canonical(String(repeating: "𝄞", count: 128)) != nil)
        #expect(PasswordPolicy.canonical(String(repeating: "𝄞", count: 129)) == nil)
        #expect(PasswordPolicy.canonical(String(repeating: "x", count: 1_000_000)) == nil)
    }

    @Test("An operator's words are refused like Steward's own")
    func operatorList() throws {
        let policy = PasswordPolicy(
            blocklist: PasswordBlocklist(words: ["Kranichsteiner", "", "Über-Werft"]))
        #expect(self.reason("kranichsteiner99", policy: policy) == "identity.password_too_common")
        #expect(self.reason("u\u{308}ber-werft-2026", policy: policy) != nil)
        #expect(self.reason("kranichsteiner99") == nil)
    }

    @Test("A blocklist file that cannot be read is an error that names it")
    func missingList() {
        #expect {
            try PasswordBlocklist(file: "/nonexistent/list")
        } throws: { error in
            "\(error)".contains("/nonexistent/list")
        }
    }

    @Test("Every word of the list is found, and others are not")
    func listIsSearched() {
        #expect(CommonPasswords.contains("password"))
        #expect(CommonPasswords.contains("zzz") == false)
        #expect(CommonPasswords.contains("passwor") == false)
        #expect(CommonPasswords.contains("") == false)
        #expect(CommonPasswords.contains("password passwor") == false)
    }
}
