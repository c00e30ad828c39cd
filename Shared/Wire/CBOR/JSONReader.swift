/// Reads JSON text (RFC 8259) strictly into a `CBORValue`: UTF-8 only, no duplicate keys, nothing
/// after the value, within the limits of CBOR.
///
/// A number without fraction and exponent is a whole number and must lie within −2⁶⁴…2⁶⁴ − 1; any
/// other is a float. Unpaired surrogates and numbers that overflow a float are refused.
struct JSONReader {
    private let bytes: [UInt8]
    private let limits: CBORLimits
    private var index = 0
    private var depth = 0
    private var itemCount = 0

    init(_ bytes: [UInt8], limits: CBORLimits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func read() throws(CBORError) -> CBORValue {
        let isUTF8 = bytes.withUnsafeBytes { UTF8Check.isValid(from: 0, to: $0.count, of: $0) }
        guard isUTF8 else { throw error(.invalidUTF8) }
        let value = try readValue()
        skipSpace()
        guard index == bytes.count else { throw error(.trailingBytes) }
        return value
    }

    private var next: UInt8? { index < bytes.count ? bytes[index] : nil }

    private mutating func readValue() throws(CBORError) -> CBORValue {
        skipSpace()
        try countItem()
        switch next {
        case UInt8(ascii: "{"): return try readObject()
        case UInt8(ascii: "["): return try readArray()
        case UInt8(ascii: "\""): return .text(try readString())
        case UInt8(ascii: "t"): return try readWord("true", .bool(true))
        case UInt8(ascii: "f"): return try readWord("false", .bool(false))
        case UInt8(ascii: "n"): return try readWord("null", .null)
        case nil: throw error(.truncated)
        case let byte? where byte == UInt8(ascii: "-") || Self.isDigit(byte):
            return try readNumber()
        default: throw invalid("a value was expected")
        }
    }

    private mutating func readObject() throws(CBORError) -> CBORValue {
        try enter()
        var pairs: [CBORPair] = []
        var keys: Set<CBORValue> = []
        skipSpace()
        if next == UInt8(ascii: "}") {
            leave()
            return .map([])
        }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\"") else {
                throw next == nil ? error(.truncated) : invalid("a key in quotes was expected")
            }
            try countItem()
            let keyIndex = index
            let key = CBORValue.text(try readString())
            guard keys.insert(key).inserted else {
                throw CBORError(reason: .duplicateKey, offset: keyIndex)
            }
            skipSpace()
            try expect(UInt8(ascii: ":"), "a colon was expected")
            pairs.append(CBORPair(key, try readValue()))
            skipSpace()
            if next == UInt8(ascii: "}") {
                leave()
                return .map(pairs)
            }
            try expect(UInt8(ascii: ","), "a comma or the object's end was expected")
        }
    }

    private mutating func readArray() throws(CBORError) -> CBORValue {
        try enter()
        var items: [CBORValue] = []
        skipSpace()
        if next == UInt8(ascii: "]") {
            leave()
            return .array([])
        }
        while true {
            items.append(try readValue())
            skipSpace()
            if next == UInt8(ascii: "]") {
                leave()
                return .array(items)
            }
            try expect(UInt8(ascii: ","), "a comma or the array's end was expected")
        }
    }

    private mutating func readString() throws(CBORError) -> String {
        index += 1
        var text: [UInt8] = []
        while let byte = next {
            index += 1
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): try readEscape(into: &text)
            case 0..<0x20: throw invalid("a control character in a string")
            default: text.append(byte)
            }
        }
        throw error(.truncated)
    }

    private mutating func readEscape(into text: inout [UInt8]) throws(CBORError) {
        guard let byte = next else { throw error(.truncated) }
        index += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0c)
        case UInt8(ascii: "n"): text.append(0x0a)
        case UInt8(ascii: "r"): text.append(0x0d)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            var code = try readCodeUnit()
            if (0xd800..<0xdc00).contains(code), next == UInt8(ascii: "\\") {
                index += 1
                try expect(UInt8(ascii: "u"), "an unpaired surrogate")
                let low = try readCodeUnit()
                guard (0xdc00..<0xe000).contains(low) else {
                    throw invalid("an unpaired surrogate")
                }
                code = 0x10000 + (code - 0xd800) << 10 + (low - 0xdc00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw invalid("an unpaired surrogate") }
            text.append(contentsOf: UTF8.encode(scalar).map { Array($0) } ?? [])
        default: throw invalid("an unknown escape")
        }
    }

    private mutating func readCodeUnit() throws(CBORError) -> UInt32 {
        var code: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = next else { throw error(.truncated) }
            guard let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
                throw invalid("four hexadecimal digits were expected")
            }
            code = code << 4 | UInt32(digit)
            index += 1
        }
        return code
    }

    private mutating func readNumber() throws(CBORError) -> CBORValue {
        let start = index
        let isNegative = next == UInt8(ascii: "-")
        if isNegative { index += 1 }
        let firstDigit = index
        try readDigits()
        if bytes[firstDigit] == UInt8(ascii: "0"), index - firstDigit > 1 {
            throw invalid("a number with a leading zero")
        }
        var isWhole = true
        if next == UInt8(ascii: ".") {
            isWhole = false
            index += 1
            try readDigits()
        }
        if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
            isWhole = false
            index += 1
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { index += 1 }
            try readDigits()
        }
        if isWhole {
            let digits = String(decoding: bytes[firstDigit..<index], as: UTF8.self)
            guard let magnitude = UInt128(digits), magnitude <= UInt128(1) << 64,
                isNegative || magnitude <= UInt128(UInt64.max)
            else { throw error(.integerOutOfRange, at: start) }
            if isNegative, magnitude > 0 { return .negative(UInt64(magnitude - 1)) }
            return isNegative ? .float(-0.0) : .unsigned(UInt64(magnitude))
        }
        guard let number = Double(String(decoding: bytes[start..<index], as: UTF8.self)),
            number.isFinite
        else { throw error(.integerOutOfRange, at: start) }
        return .float(number)
    }

    private mutating func readDigits() throws(CBORError) {
        let start = index
        while let byte = next, Self.isDigit(byte) { index += 1 }
        guard index > start else {
            throw next == nil ? error(.truncated) : invalid("a digit was expected")
        }
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }

    private mutating func readWord(
        _ word: String,
        _ value: CBORValue
    ) throws(CBORError) -> CBORValue {
        guard bytes[index...].starts(with: word.utf8) else { throw invalid("an unknown word") }
        index += word.utf8.count
        return value
    }

    // MARK: Bounds

    private mutating func enter() throws(CBORError) {
        guard depth < limits.depth else { throw error(.depthExceeded) }
        depth += 1
        index += 1
    }

    private mutating func leave() {
        depth -= 1
        index += 1
    }

    private mutating func countItem() throws(CBORError) {
        itemCount += 1
        guard itemCount <= limits.itemCount else { throw error(.tooManyItems) }
    }

    private mutating func expect(_ byte: UInt8, _ why: String) throws(CBORError) {
        guard next == byte else { throw next == nil ? error(.truncated) : invalid(why) }
        index += 1
    }

    private mutating func skipSpace() {
        while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x0d || byte == 0x09 {
            index += 1
        }
    }

    private func invalid(_ why: String) -> CBORError { error(.invalidJSON(why)) }

    private func error(_ reason: CBORError.Reason, at offset: Int? = nil) -> CBORError {
        CBORError(reason: reason, offset: offset ?? index)
    }
}
