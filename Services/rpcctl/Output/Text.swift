extension String {
    /// The string with spaces (or another filling) after it, up to a width on the screen.
    func padded(to width: Int, with filling: Character = " ") -> String {
        self + String(repeating: filling, count: max(0, width - self.displayWidth))
    }

    /// How many columns a terminal gives it: two for the wide scripts and pictures, none for marks
    /// that sit on another character.
    var displayWidth: Int {
        if self.utf8.allSatisfy({ $0 < 0x80 }) { return self.utf8.count }
        return self.reduce(0) { $0 + ($1.unicodeScalars.first?.displayWidth ?? 0) }
    }

    /// The beginning that fits a width, with an ellipsis where something was cut.
    func truncated(to width: Int) -> String {
        guard self.displayWidth > width else { return self }
        var result = ""
        var used = 1
        for character in self {
            used += character.unicodeScalars.first?.displayWidth ?? 0
            if used > width { break }
            result.append(character)
        }
        return result + "…"
    }

    func trimmingWhitespace() -> String {
        var text = self[...]
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }

    /// The text with everything that could steer a terminal shown instead of sent: control
    /// characters (C0, DEL, C1) and the marks that turn the direction of text around.
    func escapingControls() -> String {
        guard self.unicodeScalars.contains(where: \.steersTerminals) else { return self }
        var result = ""
        for scalar in self.unicodeScalars {
            switch scalar {
            case _ where !scalar.steersTerminals: result.unicodeScalars.append(scalar)
            case "\n": result += "\\n"
            case "\t": result += "\\t"
            case "\r": result += "\\r"
            default: result += "\\u{\(String(scalar.value, radix: 16))}"
            }
        }
        return result
    }

    /// Lines of at most `width` columns, broken at spaces.
    func wrapped(to width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in self.split(separator: " ") {
            if !line.isEmpty, line.displayWidth + 1 + String(word).displayWidth > width {
                lines.append(line)
                line = ""
            }
            line += line.isEmpty ? word : " \(word)"
        }
        return lines + (line.isEmpty ? [] : [line])
    }
}

extension Unicode.Scalar {
    fileprivate var steersTerminals: Bool {
        switch self.value {
        case 0..<0x20, 0x7F..<0xA0, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }

    /// Source: the blocks that Unicode Standard Annex 11 calls wide, without its finer exceptions.
    fileprivate var displayWidth: Int {
        switch self.value {
        case 0x0300...0x036F, 0x200B...0x200D, 0xFE00...0xFE0F: 0
        case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0x33FF, 0x3400...0x4DBF, 0x4E00...0x9FFF,
            0xA000...0xA4CF, 0xAC00...0xD7A3, 0xF900...0xFAFF, 0xFE30...0xFE6F, 0xFF00...0xFF60,
            0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
            0x20000...0x3FFFD:
            2
        default: 1
        }
    }
}

extension [String] {
    /// `a`, `a and b`, `a, b and c`.
    func joinedWords(_ conjunction: String) -> String {
        guard self.count > 1, let last = self.last else { return self.first ?? "" }
        return self.dropLast().joined(separator: ", ") + " \(conjunction) \(last)"
    }
}
