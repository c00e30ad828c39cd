extension CBORValue {
    /// The value in diagnostic notation (RFC 8949 section 8), on one line, for people to read.
    package var diagnostic: String {
        var output = ""
        writeDiagnostic(to: &output)
        return output
    }

    private func writeDiagnostic(to output: inout String) {
        switch self {
        case .unsigned(let number): output += String(number)
        case .negative(let number): output += Self.negativeNotation(number)
        case .bytes(let bytes):
            output += "h'"
            output += HexText.lowercase(bytes)
            output += "'"
        case .text(let text): JSONText.writeQuoted(text, to: &output)
        case .array(let items):
            output += "["
            for (index, item) in items.enumerated() {
                if index > 0 { output += ", " }
                item.writeDiagnostic(to: &output)
            }
            output += "]"
        case .map(let pairs):
            output += "{"
            for (index, pair) in pairs.enumerated() {
                if index > 0 { output += ", " }
                pair.key.writeDiagnostic(to: &output)
                output += ": "
                pair.value.writeDiagnostic(to: &output)
            }
            output += "}"
        case .tagged(let tag, let item):
            output += "\(tag)("
            item.writeDiagnostic(to: &output)
            output += ")"
        case .bool(let value): output += value ? "true" : "false"
        case .null: output += "null"
        case .float(let number): output += Self.floatNotation(number)
        }
    }

    /// The number −1 − n in decimal.
    static func negativeNotation(_ number: UInt64) -> String {
        "-" + String(UInt128(number) + 1)
    }

    private static func floatNotation(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return number.description
    }
}
