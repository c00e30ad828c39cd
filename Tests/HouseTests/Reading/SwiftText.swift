/// Swift source whose comments and string contents are blanked, so that a search finds code only.
///
/// Every byte stays at its offset and every line at its number; what is blanked becomes spaces, the
/// quotes of strings stay.  Code inside an interpolation is kept.
struct SwiftText {
    /// The blanked text, byte for byte as long as the source.
    private(set) var bytes: [UInt8]
    private var index = 0
    private var contexts: [Context] = [.code(parentheses: 0)]

    private enum Context {
        case code(parentheses: Int)
        case string(hashes: Int, isMultiline: Bool)
    }

    /// Blanks a source.
    init(_ source: String) {
        self.bytes = Array(source.utf8)
        while self.index < self.bytes.count {
            switch self.contexts.last {
            case .string(let hashes, let isMultiline):
                self.readString(hashes: hashes, isMultiline: isMultiline)
            case .code, nil:
                self.readCode()
            }
        }
    }

    /// The blanked text as lines.
    var lines: [String] {
        String(decoding: self.bytes, as: UTF8.self)
            .split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private mutating func readCode() {
        self.skipPlainCode()
        guard self.index < self.bytes.count else { return }
        if self.starts(with: "//") {
            while self.index < self.bytes.count, self.bytes[self.index] != UInt8(ascii: "\n") {
                self.blank()
            }
        } else if self.starts(with: "/*") {
            self.readBlockComment()
        } else if let hashes = self.hashesBeforeQuote() {
            self.index += hashes
            let isMultiline = self.starts(with: "\"\"\"")
            self.index += isMultiline ? 3 : 1
            self.contexts.append(.string(hashes: hashes, isMultiline: isMultiline))
        } else {
            self.countParentheses()
            self.index += 1
        }
    }

    private mutating func readString(hashes: Int, isMultiline: Bool) {
        switch self.bytes[self.index] {
        case UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "\n"): break
        default:
            self.blank()
            return
        }
        let marks = String(repeating: "#", count: hashes)
        let closing = (isMultiline ? "\"\"\"" : "\"") + marks
        if self.starts(with: closing) {
            self.index += closing.utf8.count
            self.contexts.removeLast()
        } else if self.starts(with: "\\" + marks + "(") {
            self.index += hashes + 2
            self.contexts.append(.code(parentheses: 1))
        } else if self.starts(with: "\\" + marks) {
            for _ in 0..<(hashes + 2) where self.index < self.bytes.count { self.blank() }
        } else if !isMultiline, self.bytes[self.index] == UInt8(ascii: "\n") {
            self.contexts.removeLast()
        } else {
            self.blank()
        }
    }

    private mutating func readBlockComment() {
        var depth = 0
        repeat {
            if self.starts(with: "/*") {
                depth += 1
                self.blank()
            } else if self.starts(with: "*/") {
                depth -= 1
                self.blank()
            }
            self.blank()
        } while depth > 0 && self.index < self.bytes.count
    }

    private mutating func countParentheses() {
        guard case .code(let depth) = self.contexts.last, depth > 0 else { return }
        switch self.bytes[self.index] {
        case UInt8(ascii: "("):
            self.contexts[self.contexts.count - 1] = .code(parentheses: depth + 1)
        case UInt8(ascii: ")") where depth == 1:
            self.contexts.removeLast()
        case UInt8(ascii: ")"):
            self.contexts[self.contexts.count - 1] = .code(parentheses: depth - 1)
        default: break
        }
    }

    private func hashesBeforeQuote() -> Int? {
        var end = self.index
        while end < self.bytes.count, self.bytes[end] == UInt8(ascii: "#") { end += 1 }
        guard end < self.bytes.count, self.bytes[end] == UInt8(ascii: "\"") else { return nil }
        return end - self.index
    }

    private func starts(with text: String) -> Bool {
        self.bytes[self.index...].starts(with: text.utf8)
    }

    /// Passes over what can begin neither a comment nor a string, nor end an interpolation.
    private mutating func skipPlainCode() {
        while self.index < self.bytes.count {
            switch self.bytes[self.index] {
            case UInt8(ascii: "/"), UInt8(ascii: "\""), UInt8(ascii: "#"), UInt8(ascii: "("),
                UInt8(ascii: ")"):
                return
            default: self.index += 1
            }
        }
    }

    private mutating func blank() {
        guard self.index < self.bytes.count else { return }
        if self.bytes[self.index] != UInt8(ascii: "\n") {
            self.bytes[self.index] = UInt8(ascii: " ")
        }
        self.index += 1
    }
}
