internal import RPC

/// Which passwords people may choose: long, not known to be common, not their own name.
///
/// There are no rules about kinds of characters and passwords do not expire (NIST SP 800-63B,
/// section 3.1.1; OWASP ASVS 6.2).  Lengths are in Unicode code points after normalisation to form
/// C, which is also what is hashed, so that a password typed on another keyboard is the same.
struct PasswordPolicy: Sendable {
    /// The fewest code points, at least 8; 15 while a password is the only factor.
    let minimumLength: Int
    /// Passwords that are refused because attackers try them first.
    let blocklist: PasswordBlocklist

    /// The most code points and bytes: bounds the work for one attempt.
    static let maximumLength = 128
    static let maximumByteCount = 512
    /// What has to be left of a password once the words everybody could guess are taken out.
    static let minimumRest = 8

    /// Makes a policy.
    init(minimumLength: Int = 15, blocklist: PasswordBlocklist = PasswordBlocklist()) {
        self.minimumLength = minimumLength
        self.blocklist = blocklist
    }

    /// The form of a password that is hashed, or `nil` for one that nobody can have.
    static func canonical(_ password: String) -> String? {
        guard password.utf8.count <= self.maximumByteCount, !password.utf8.contains(0) else {
            return nil
        }
        let canonical = password.normalizedToNFC
        guard !canonical.isEmpty, canonical.unicodeScalars.count <= self.maximumLength,
            canonical.utf8.count <= self.maximumByteCount
        else { return nil }
        return canonical
    }

    /// Checks a password that somebody wants to have.
    ///
    /// - Parameters:
    ///   - words: what an attacker knows of the person: names, address, product.
    ///   - field: the request's field, for the error.
    /// - Returns: the form to hash.
    /// - Throws: `identity.password_invalid`, `identity.password_too_short` or
    ///   `identity.password_too_common`.
    func check(
        _ password: String, knowing words: [String], field: String
    ) throws(RPCError) -> String {
        guard password.isEmpty || Self.canonical(password) != nil else {
            throw .invalid(
                field, "password_invalid",
                "A password has at most \(Self.maximumLength) characters, none of them NUL.")
        }
        let canonical = password.normalizedToNFC
        guard canonical.unicodeScalars.count >= self.minimumLength else {
            throw .invalid(
                field, "password_too_short",
                "A password has at least \(self.minimumLength) characters.")
        }
        let folded = canonical.lowercased()
        guard !PasswordPatterns.isSequence(folded), !PasswordPatterns.isRepetition(folded),
            !self.blocklist.covers(folded),
            Self.rest(of: folded, without: words) >= Self.minimumRest
        else {
            throw .invalid(
                field, "password_too_common",
                "This password is easy to guess. Several unrelated words make a good one.")
        }
        return canonical
    }

    /// What an attacker knows of a person: each name and each part of it.
    static func knownWords(
        email: String, username: String?, names: [String?]
    ) -> [String] {
        let texts = [email, username ?? ""] + names.map { $0 ?? "" }
        let parts = texts.flatMap { text in
            [text] + text.split(separator: "@").map(String.init)
                + text.split { !$0.isLetter && !$0.isNumber }.map(String.init)
        }
        return (["steward"] + parts.map { $0.normalizedToNFC.lowercased() })
            .filter { $0.unicodeScalars.count >= 4 }
            .sorted { $0.utf8.count > $1.utf8.count }
    }

    /// How many code points are left once every known word was taken out.
    private static func rest(of folded: String, without words: [String]) -> Int {
        var rest = Array(folded.unicodeScalars)
        for word in words {
            let word = Array(word.unicodeScalars)
            var index = 0
            while index + word.count <= rest.count {
                if rest[index..<index + word.count].elementsEqual(word) {
                    rest.removeSubrange(index..<index + word.count)
                } else {
                    index += 1
                }
            }
        }
        return rest.count
    }
}
