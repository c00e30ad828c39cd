package import FoundationEssentials

/// Decimals are `numeric`: up to 38 significant digits, exponents from −128 to 127.
///
/// NaN, the infinities and values that do not fit are refused rather than rounded.
extension Decimal: SQLValue, SQLArrayElement {
    private static let negativeSign: UInt16 = 0x4000

    package static var parameterType: PostgresType { .numeric }
    package static var elementType: PostgresType { .numeric }
    package static var arrayType: PostgresType { .numericArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        guard !self.isNaN else { throw .unrepresentable("the decimal is not a number") }
        let number = NumericDigits(plainNotation: self.description)
        Int16(number.groups.count).appendBigEndian(to: &bytes)
        Int16(number.weight).appendBigEndian(to: &bytes)
        (number.isNegative ? Self.negativeSign : 0).appendBigEndian(to: &bytes)
        UInt16(number.scale).appendBigEndian(to: &bytes)
        for group in number.groups {
            group.appendBigEndian(to: &bytes)
        }
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Decimal {
        switch type {
        case .int2, .int4, .int8:
            return Decimal(try Int64.decode(bytes, type: type))
        case .numeric:
            break
        default:
            throw .typeMismatch
        }
        var reader = FieldReader()
        let groupCount = Int(try reader.read(Int16.self, from: bytes))
        let weight = Int(try reader.read(Int16.self, from: bytes))
        let sign = try reader.read(UInt16.self, from: bytes)
        // The display scale says nothing about the value.
        _ = try reader.read(UInt16.self, from: bytes)
        guard sign == 0 || sign == Self.negativeSign else {
            throw .unrepresentable("the number is not finite")
        }
        var digits: [UInt8] = []
        for _ in 0..<max(0, groupCount) {
            let group = try reader.read(UInt16.self, from: bytes)
            for divisor: UInt16 in [1000, 100, 10, 1] {
                digits.append(UInt8((group / divisor) % 10))
            }
        }
        let exponent = 4 * (weight - groupCount + 1)
        return try Decimal(digits: digits, exponent: exponent, isNegative: sign != 0)
    }

    /// The number with the decimal `digits`, most significant first, times ten to `exponent`.
    private init(
        digits: [UInt8],
        exponent: Int,
        isNegative: Bool
    ) throws(SQLValueError) {
        var significant = digits.drop { $0 == 0 }
        var exponent = exponent
        while significant.last == 0 {
            significant.removeLast()
            exponent += 1
        }
        guard !significant.isEmpty else {
            self = Decimal()
            return
        }
        guard significant.count <= 38, (-128...127).contains(exponent) else {
            throw .unrepresentable("the number needs more than 38 digits or a larger exponent")
        }
        var significand = Decimal()
        for digit in significant {
            significand = significand * 10 + Decimal(Int(digit))
        }
        self = Decimal(
            sign: isNegative ? .minus : .plus,
            exponent: exponent,
            significand: significand
        )
    }
}

/// A decimal number in the groups of four digits that `numeric` is made of.
struct NumericDigits {
    var isNegative = false
    /// Power of 10,000 of the first group.
    var weight = 0
    /// Digits after the decimal point.
    var scale = 0
    var groups: [Int16] = []

    /// Reads "-123.45"; anything but digits, one sign and one point does not occur.
    init(plainNotation text: String) {
        var digits: [UInt8] = []
        var integerCount: Int?
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"): self.isNegative = true
            case UInt8(ascii: "."): integerCount = digits.count
            default: digits.append(byte &- UInt8(ascii: "0"))
            }
        }
        let pointIndex = integerCount ?? digits.count
        self.scale = digits.count - pointIndex
        let leading = (4 - pointIndex % 4) % 4
        digits.insert(contentsOf: repeatElement(0, count: leading), at: 0)
        let trailing = (4 - digits.count % 4) % 4
        digits.append(contentsOf: repeatElement(0, count: trailing))
        self.weight = (pointIndex + leading) / 4 - 1
        for start in stride(from: 0, to: digits.count, by: 4) {
            self.groups.append(digits[start..<start + 4].reduce(0) { $0 * 10 + Int16($1) })
        }
        while self.groups.first == 0 {
            self.groups.removeFirst()
            self.weight -= 1
        }
        while self.groups.last == 0 {
            self.groups.removeLast()
        }
        if self.groups.isEmpty {
            self.weight = 0
        }
    }
}
