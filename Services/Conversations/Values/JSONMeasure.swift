internal import RPC

/// How large a JSON value is, as Postgres writes it, and how much work it is to read.
struct JSONMeasure: Hashable {
    /// Bytes of its text with a space after each comma and colon.
    private(set) var byteCount = 0
    /// Values and names, all levels.
    private(set) var itemCount = 0
    /// Levels of arrays and objects.
    private(set) var depth = 0
    /// Whether any text holds U+0000, which Postgres cannot keep.
    private(set) var hasNUL = false
    /// Whether any number is infinite, none, or 2⁶³ and beyond, where whole numbers end.
    private(set) var hasInvalidNumber = false

    /// Measures a value.
    init(_ value: JSONValue) { self.add(value, depth: 0) }

    private mutating func add(_ value: JSONValue, depth: Int) {
        self.itemCount += 1
        switch value {
        case .null, .boolean: self.byteCount += 5
        case .integer: self.byteCount += 20
        case .number(let number):
            guard number.magnitude < 0x1p63 else {
                self.hasInvalidNumber = true
                return
            }
            // Postgres writes numbers without exponent.
            self.byteCount += 20 + abs(number == 0 ? 0 : Int(number.exponent)) / 3
        case .string(let text): self.add(text)
        case .array(let values):
            self.depth = max(self.depth, depth + 1)
            self.byteCount += 2 + 2 * values.count
            // Deeper values are refused; their size no longer matters.
            guard depth < 64 else { return }
            for value in values { self.add(value, depth: depth + 1) }
        case .object(let members):
            self.depth = max(self.depth, depth + 1)
            self.byteCount += 2 + 4 * members.count
            self.itemCount += members.count
            guard depth < 64 else { return }
            for (name, value) in members {
                self.add(name)
                self.add(value, depth: depth + 1)
            }
        }
    }

    private mutating func add(_ text: String) {
        self.byteCount += 2
        for byte in text.utf8 {
            switch byte {
            case 0:
                self.hasNUL = true
                self.byteCount += 6
            case 0x22, 0x5C, 0x08, 0x09, 0x0A, 0x0C, 0x0D: self.byteCount += 2
            case ..<0x20: self.byteCount += 6
            default: self.byteCount += 1
            }
        }
    }
}
