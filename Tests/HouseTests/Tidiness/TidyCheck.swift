/// One rule of tidiness, with a sample that breaks it and one that keeps it.
struct TidyCheck: Sendable, CustomStringConvertible {
    /// What the rule asks, as a sentence.
    let description: String
    /// Which files it concerns.
    let concerns: @Sendable (SourceFile) -> Bool
    /// The numbers of the lines that break it, from 1; 0 for the file as a whole.
    let find: @Sendable (SourceFile) -> [Int]
    /// A file that breaks the rule, in exactly the lines named.
    let offending: (file: SourceFile, lines: [Int])
    /// A file that keeps it.
    let tidy: SourceFile

    /// Checks files.
    func violations(in files: [SourceFile]) -> [Violation] {
        files.filter(self.concerns).flatMap { file in
            self.find(file).map {
                Violation(path: file.path, line: $0, message: self.description)
            }
        }
    }
}

extension TidyCheck {
    /// A rule that forbids what a pattern matches in code, outside comments and strings.
    ///
    /// - Parameters:
    ///   - word: stands in every match; what lets most lines pass quickly.
    ///   - unlessCommented: a comment beginning so, above the line, makes it right.
    static func forbid(
        word: String,
        _ pattern: @autoclosure @escaping @Sendable () -> Regex<Substring>,
        _ description: String,
        in concerns: @escaping @Sendable (SourceFile) -> Bool = \.isProductSwift,
        unlessCommented: String? = nil,
        offending: (path: String, text: String, lines: [Int]),
        tidy: (path: String, text: String)
    ) -> TidyCheck {
        TidyCheck(
            description: description,
            concerns: concerns,
            find: { file in
                let pattern = pattern()
                return file.code.indices.filter { index in
                    file.code[index].holds(word) && file.code[index].contains(pattern)
                        && !(unlessCommented.map { file.hasComment($0, above: index) } ?? false)
                }.map { $0 + 1 }
            },
            offending: (SourceFile(path: offending.path, text: offending.text), offending.lines),
            tidy: SourceFile(path: tidy.path, text: tidy.text)
        )
    }
}

extension SourceFile {
    /// Whether the line at an index carries a comment beginning so, or the comment above it does.
    ///
    /// Code that the same comment covers may stand between: lines that follow without a blank line.
    func hasComment(_ beginning: String, above index: Int) -> Bool {
        if self.lines[index].contains("// " + beginning) { return true }
        var line = index - 1
        while line >= 0 {
            let text = self.lines[line].drop { $0 == " " }
            if text.isEmpty || text == "}" { return false }
            if ["// ", "/// "].contains(where: { text.hasPrefix($0 + beginning) }) { return true }
            line -= 1
        }
        return false
    }
}
