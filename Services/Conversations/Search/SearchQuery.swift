internal import RPC

/// What somebody looks for, read from what they typed.
///
/// Words are looked for each by itself, and any of them may be missing: the ranking puts messages
/// with many and rare ones first.  `"…"` must occur as it stands, `-word` and `-"…"` must not
/// occur, `begin*` stands for all words that begin so.  `OR` between words is taken as what it
/// means here anyway.
struct SearchQuery: Hashable {
    /// Characters at most.
    static let characterCount = 1000
    /// Words, phrases and beginnings at most.
    static let termCount = 32

    /// Words to look for, those of phrases among them.
    private(set) var words: [String] = []
    /// Beginnings of words to look for, in lower case.
    private(set) var prefixes: [String] = []
    /// Phrases that must occur.
    private(set) var phrases: [String] = []
    /// Words that must not occur.
    private(set) var excludedWords: [String] = []
    /// Phrases that must not occur.
    private(set) var excludedPhrases: [String] = []

    /// Reads a query.
    ///
    /// - Throws: an ``RPCError`` if it is too long, or names nothing to look for.
    init(_ text: String) throws {
        guard text.unicodeScalars.count <= Self.characterCount else {
            throw RPCError.invalid("query", "at most \(Self.characterCount) characters.")
        }
        guard !text.utf8.contains(0) else {
            throw RPCError.invalid("query", "it must not contain the character U+0000.")
        }
        var rest = text[...]
        while let term = Self.nextTerm(of: &rest) { self.add(term) }
        guard !self.words.isEmpty || !self.prefixes.isEmpty else {
            throw RPCError.invalid("query", "name at least one word to look for.")
        }
        guard
            self.words.count + self.prefixes.count + self.excludedWords.count
                + self.excludedPhrases.count <= Self.termCount
        else { throw RPCError.invalid("query", "at most \(Self.termCount) words.") }
    }

    /// The words to show in bold, in the syntax of `websearch_to_tsquery`.
    var highlighted: String {
        (self.words + self.prefixes).filter { $0.lowercased() != "or" }
            .joined(separator: " or ")
    }

    private struct Term {
        var text: Substring
        var isExcluded: Bool
        var isPhrase: Bool
    }

    private mutating func add(_ term: Term) {
        let words = term.text.split(whereSeparator: \.isWhitespace)
            .map { String($0.filter { $0 != "\"" }) }.filter { !$0.isEmpty }
        guard !words.isEmpty else { return }
        switch (term.isPhrase && words.count > 1, term.isExcluded) {
        case (true, true): self.excludedPhrases.append(words.joined(separator: " "))
        case (true, false):
            self.phrases.append(words.joined(separator: " "))
            self.words += words
        case (false, true): self.excludedWords += words
        case (false, false):
            if !term.isPhrase, let prefix = Self.prefix(words[0]) {
                self.prefixes.append(prefix)
            } else if term.isPhrase || words[0] != "OR" {
                self.words += words
            }
        }
    }

    /// `begin*` without its star, if that leaves at least two letters or digits.
    private static func prefix(_ word: String) -> String? {
        guard word.hasSuffix("*") else { return nil }
        let prefix = word.dropLast().lowercased()
        return prefix.count >= 2 && prefix.allSatisfy { $0.isLetter || $0.isNumber }
            ? prefix : nil
    }

    private static func nextTerm(of rest: inout Substring) -> Term? {
        rest = rest.drop(while: \.isWhitespace)
        guard !rest.isEmpty else { return nil }
        var term = Term(text: "", isExcluded: false, isPhrase: false)
        if rest.first == "-" {
            term.isExcluded = true
            rest = rest.dropFirst()
        }
        if rest.first == "\"" {
            term.isPhrase = true
            rest = rest.dropFirst()
            term.text = rest.prefix { $0 != "\"" }
            rest = rest.dropFirst(term.text.count + 1)
        } else {
            term.text = rest.prefix { !$0.isWhitespace && $0 != "\"" }
            rest = rest.dropFirst(term.text.count)
        }
        return term
    }
}
