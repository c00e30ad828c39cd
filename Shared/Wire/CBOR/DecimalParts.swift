import FoundationEssentials

/// A decimal number as sign, magnitude and power of ten, without trailing zeros: the form of tag 4.
///
/// Zero is magnitude 0, exponent 0, not negative, so that equal numbers have equal parts.
struct DecimalParts: Equatable {
    var isNegative: Bool
    var magnitude: UInt128
    var exponent: Int

    init(isNegative: Bool, magnitude: UInt128, exponent: Int) {
        self.isNegative = isNegative && magnitude != 0
        self.magnitude = magnitude
        self.exponent = magnitude == 0 ? 0 : exponent
        while self.magnitude != 0 {
            let (quotient, remainder) = self.magnitude.quotientAndRemainder(dividingBy: 10)
            guard remainder == 0 else { break }
            self.magnitude = quotient
            self.exponent += 1
        }
    }

    /// Takes a `Decimal` apart; nil for NaN.
    init?(_ decimal: Decimal) {
        guard !decimal.isNaN else { return nil }
        var magnitude: UInt128 = 0
        var exponent = 0
        var isNegative = false
        var isFraction = false
        for byte in decimal.description.utf8 {
            switch byte {
            case UInt8(ascii: "-"): isNegative = true
            case UInt8(ascii: "."): isFraction = true
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                let (product, overflow) = magnitude.multipliedReportingOverflow(by: 10)
                let (sum, carry) = product.addingReportingOverflow(UInt128(byte - 0x30))
                if overflow || carry {
                    // Only zeros can follow: the significand itself has at most 128 bits.
                    exponent += isFraction ? 0 : 1
                    continue
                }
                magnitude = sum
                exponent -= isFraction ? 1 : 0
            default: return nil
            }
        }
        self.init(isNegative: isNegative, magnitude: magnitude, exponent: exponent)
    }

    /// The number as a `Decimal`, or nil where `Decimal` cannot hold it exactly.
    var decimal: Decimal? {
        guard (-128...127).contains(exponent) else { return nil }
        let high = Decimal(UInt64(truncatingIfNeeded: magnitude >> 64))
        let low = Decimal(UInt64(truncatingIfNeeded: magnitude))
        let half = Decimal(UInt64(1) << 32)
        let significand = high * half * half + low
        let value = Decimal(
            sign: isNegative ? .minus : .plus,
            exponent: exponent,
            significand: significand
        )
        return DecimalParts(value) == self ? value : nil
    }
}
