import Wire

/// A decimal number as written, to be sent exactly: CBOR tag 4, exponent and mantissa.
struct DecimalText: Hashable, Sendable {
    let isNegative: Bool
    let mantissa: UInt64
    let exponent: Int

    /// Reads `-12.50` or `1e3`; `nil` if it is no number or has more than 19 digits.
    init?(_ text: String) {
        var rest = text.lowercased()[...]
        self.isNegative = rest.hasPrefix("-")
        if self.isNegative { rest.removeFirst() }
        let parts = rest.split(separator: "e", maxSplits: 1, omittingEmptySubsequences: false)
        let number = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard number.count <= 2,
            number.allSatisfy({ !$0.isEmpty && $0.utf8.allSatisfy(Self.isDigit) }),
            let power = parts.count == 2 ? Int(parts[1]) : 0, abs(power) <= 128
        else { return nil }
        let fraction = number.count == 2 ? number[1] : ""
        guard var mantissa = UInt64(number[0] + fraction), fraction.utf8.count <= 128 else {
            return nil
        }
        var exponent = power - fraction.utf8.count
        while mantissa != 0, mantissa % 10 == 0 {
            mantissa /= 10
            exponent += 1
        }
        self.mantissa = mantissa
        self.exponent = mantissa == 0 ? 0 : exponent
    }

    var value: CBORValue {
        let mantissa: CBORValue =
            self.isNegative && self.mantissa > 0
            ? .negative(self.mantissa - 1) : .unsigned(self.mantissa)
        return .tagged(4, .array([CBORValue(self.exponent), mantissa]))
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }
}
