internal import FoundationEssentials
internal import Sodium

/// Passwords that attackers try first: Steward's own list, and a file of the operator's.
///
/// A listed word is also refused with digits and punctuation around it and when it is repeated.
struct PasswordBlocklist: Sendable {
    /// The operator's words as the first eight bytes of their SHA-256, sorted, so that a list of a
    /// million words takes eight megabytes.
    private let digests: [UInt64]

    /// The list that Steward brings.
    init() { self.digests = [] }

    /// Steward's list and a file with one word a line.
    ///
    /// - Throws: a ``PasswordBlocklistError`` that names the file.
    init(file path: String) throws {
        // The reason is in the file system; the operator is told which file it was.
        guard let data = try? Data(contentsOf: URL(filePath: path)) else {
            throw PasswordBlocklistError(path: path, reason: "cannot be read")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw PasswordBlocklistError(path: path, reason: "is not UTF-8")
        }
        self.init(words: text.split(whereSeparator: \.isNewline).map(String.init))
    }

    /// Steward's list and further words.
    init(words: [String]) {
        self.digests =
            words
            .map { TextRules.trimmed($0.normalizedToNFC).lowercased() }
            .filter { !$0.isEmpty }
            .map(Self.digest)
            .sorted()
    }

    /// Whether a lower-case password is a listed word, perhaps repeated or with digits and
    /// punctuation around it.
    func covers(_ folded: String) -> Bool {
        let unit = PasswordPatterns.repeatedUnit(folded)
        return [folded, Self.core(folded), unit, Self.core(unit)]
            .contains { $0.unicodeScalars.count >= 4 && self.contains($0) }
    }

    private func contains(_ word: String) -> Bool {
        CommonPasswords.contains(word) || self.containsDigest(Self.digest(word))
    }

    private func containsDigest(_ digest: UInt64) -> Bool {
        var range = self.digests.indices
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if self.digests[middle] == digest { return true }
            range =
                self.digests[middle] < digest
                ? middle + 1..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }

    private static func digest(_ word: String) -> UInt64 {
        Sodium.sha256(word).prefix(8).reduce(0) { $0 << 8 | UInt64($1) }
    }

    /// What is left without the digits and punctuation at either end.
    private static func core(_ folded: String) -> String {
        let scalars = folded.unicodeScalars
        guard let first = scalars.firstIndex(where: { $0.properties.isAlphabetic }),
            let last = scalars.lastIndex(where: { $0.properties.isAlphabetic })
        else { return "" }
        return String(scalars[first...last])
    }
}

/// A blocklist file that cannot be used; the service does not start without it.
struct PasswordBlocklistError: Error, CustomStringConvertible {
    /// The file.
    let path: String
    /// What is wrong with it.
    let reason: String

    var description: String { "The password blocklist \(self.path) \(self.reason)." }
}
