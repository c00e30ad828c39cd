/// Keeps secrets and control characters out of log lines.
enum LogRedaction {
    /// What stands in a secret's place.
    static let mark = "‹redacted›"

    /// Parts of metadata keys whose values are never printed.
    private static let secretWords = [
        "token", "password", "passphrase", "secret", "authorization", "credential", "cookie",
        "body", "privatekey", "private_key", "apikey", "api_key", "connectionstring",
    ]

    /// Beginnings of texts that are secrets wherever they stand: tokens of Steward and JWTs.
    private static let secretPrefixes = ["str_", "stk_", "eyJ"]

    /// The shortest text after a prefix that is taken for a secret.
    private static let secretByteCount = 16

    /// Whether the value under a metadata key must not be printed.
    static func isSecret(key: String) -> Bool {
        let key = key.lowercased()
        return self.secretWords.contains { key.contains($0) }
    }

    /// A text with every secret that is recognised in it masked.
    static func masked(_ text: String) -> String {
        let hasAddress = text.contains("://")
        guard
            self.secretPrefixes.contains(where: text.contains) || text.contains("password=")
                || hasAddress
        else { return text }
        var result = ""
        let text = hasAddress ? self.withoutUserInformation(text) : text
        var rest = text[...]
        while let start = rest.firstIndex(where: { Self.isTokenCharacter($0) }) {
            result += rest[..<start]
            let word = rest[start...].prefix(while: Self.isTokenCharacter)
            rest = rest[word.endIndex...]
            result += Self.isSecret(word: word) ? Self.mark : String(word)
            if word.hasSuffix("password"), rest.first == "=" {
                // A connection string: the value ends at white space.
                rest = rest.drop { !$0.isWhitespace }
                result += "=\(Self.mark)"
            }
        }
        return result + rest
    }

    /// A text on one line: control characters and line separators are written as escapes, so that
    /// nobody can forge a second line or paint a terminal.
    static func singleLine(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: Self.isControl) else { return text }
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\n": result += "\\n"
            case "\r": result += "\\r"
            case "\t": result += "\\t"
            case _ where Self.isControl(scalar):
                result += "\\u{\(String(scalar.value, radix: 16))}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// Masks the password of an address such as `postgresql://user:password@host/name`.
    private static func withoutUserInformation(_ text: String) -> String {
        text.split(separator: " ", omittingEmptySubsequences: false).map { word in
            guard let scheme = word.firstRange(of: "://"),
                let at = word[scheme.upperBound...].lastIndex(of: "@"),
                let colon = word[scheme.upperBound..<at].firstIndex(of: ":")
            else { return String(word) }
            return "\(word[...colon])\(Self.mark)\(word[at...])"
        }.joined(separator: " ")
    }

    private static func isSecret(word: Substring) -> Bool {
        word.utf8.count >= Self.secretByteCount
            && Self.secretPrefixes.contains { word.hasPrefix($0) }
    }

    private static func isTokenCharacter(_ character: Character) -> Bool {
        character.isASCII
            && (character.isLetter || character.isNumber || "-_.".contains(character))
    }

    /// C0, DEL, C1, the line and paragraph separators, and the marks that reorder a line.
    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0x2028, 0x2029, 0x202A...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
