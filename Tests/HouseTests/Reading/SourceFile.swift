import Foundation

/// One text file of the repository, or a sample that stands for one.
struct SourceFile: Sendable {
    /// Relative to the repository's root.
    let path: String
    /// The whole text.
    let text: String
    /// The text as lines.
    let lines: [String]
    /// For Swift, the lines with comments and string contents blanked; otherwise `lines`.
    let code: [String]

    /// Reads a text as a file at a path.
    init(path: String, text: String) {
        self.path = path
        self.text = text
        self.lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        self.code = path.hasSuffix(".swift") ? SwiftText(text).lines : self.lines
    }

    /// The columns that a line of code takes without what its strings say.
    func codeColumns(inLine index: Int) -> Int {
        self.code[index].split(separator: " ").map { $0.count + 1 }.reduce(0, +)
    }

    /// Whether it is Swift of the product, not of its tests.
    var isProductSwift: Bool {
        self.path.hasSuffix(".swift")
            && (self.path.hasPrefix("Shared/") || self.path.hasPrefix("Services/"))
    }

    /// Whether it is Swift at all.
    var isSwift: Bool { self.path.hasSuffix(".swift") }

    /// Whether bash runs or sources it.
    var isShell: Bool {
        self.path.hasSuffix(".sh") || self.text.hasPrefix("#!/usr/bin/env bash")
            || self.text.hasPrefix("#!/bin/bash")
    }

    /// The modules that its imports name, with the number of the line.
    var imports: [(module: String, line: Int)] {
        let pattern =
            #/
            ^\s* (?: @\w+ (?:\([^)]*\))? \s+ )*
            (?: (?:public|package|internal|fileprivate|private) \s+ )?
            import \s+
            (?: (?:struct|class|enum|protocol|func|let|var|typealias) \s+ )? (\w+)
            /#
        return self.code.enumerated().compactMap { number, line in
            guard line.holds("import") else { return nil }
            return line.prefixMatch(of: pattern).map { (String($0.output.1), number + 1) }
        }
    }
}

extension String {
    /// Whether a word stands in it, byte for byte: much quicker than a pattern.
    func holds(_ word: String) -> Bool { strstr(self, word) != nil }
}

/// Something that the house does not allow, and where.
struct Violation: Sendable, CustomStringConvertible, Equatable {
    /// The file, relative to the repository's root.
    let path: String
    /// From 1; 0 for the file as a whole.
    let line: Int
    /// What is wrong, and what to do instead.
    let message: String

    var description: String {
        let place = self.line == 0 ? self.path : "\(self.path):\(self.line)"
        return "\(place): \(self.message)"
    }
}
