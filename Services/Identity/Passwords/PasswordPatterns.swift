/// Passwords that look long and are not: sequences and repetitions.
enum PasswordPatterns {
    /// Rows of keys and of numbers, as fingers run over them.
    private static let rows = [
        "abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiopasdfghjklzxcvbnm",
        "qwertzuiopasdfghjklyxcvbnm", "azertyuiopqsdfghjklmwxcvbn", "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
        "1q2w3e4r5t6y7u8i9o0p", "`1234567890-=", "!@#$%^&*()_+",
    ]

    /// Whether a lower-case password runs along one row, forwards or backwards, again and again.
    static func isSequence(_ folded: String) -> Bool {
        let scalars = Array(folded.unicodeScalars)
        return self.rows.contains { row in
            let row = Array(row.unicodeScalars)
            return self.runs(along: row, scalars) || self.runs(along: row.reversed(), scalars)
        }
    }

    /// Whether a lower-case password is a unit of at most four code points again and again.
    static func isRepetition(_ folded: String) -> Bool {
        let scalars = Array(folded.unicodeScalars)
        return self.period(of: scalars) <= 4
    }

    /// The shortest unit whose repetition, cut off anywhere, is the password.
    static func repeatedUnit(_ folded: String) -> String {
        let scalars = Array(folded.unicodeScalars)
        var unit = String.UnicodeScalarView()
        unit.append(contentsOf: scalars.prefix(self.period(of: scalars)))
        return String(unit)
    }

    private static func period(of scalars: [Unicode.Scalar]) -> Int {
        for period in 1..<max(2, scalars.count) {
            let repeats = scalars.indices.dropFirst(period).allSatisfy {
                scalars[$0] == scalars[$0 - period]
            }
            if repeats { return period }
        }
        return scalars.count
    }

    private static func runs(along row: [Unicode.Scalar], _ scalars: [Unicode.Scalar]) -> Bool {
        guard let first = scalars.first else { return false }
        return row.indices.filter { row[$0] == first }.contains { start in
            scalars.indices.allSatisfy { scalars[$0] == row[(start + $0) % row.count] }
        }
    }
}
