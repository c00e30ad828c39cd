extension CBORValue {
    /// Reads JSON text given as UTF-8 bytes.
    ///
    /// Throws `CBORError` with the byte's offset.
    ///
    /// Objects become maps with text keys in their order, strings text, numbers without fraction
    /// and exponent whole numbers (within −2⁶⁴…2⁶⁴ − 1), other numbers floats.
    package init(
        json bytes: some Collection<UInt8>,
        limits: CBORLimits = .standard
    ) throws {
        var reader = JSONReader(Array(bytes), limits: limits)
        self = try reader.read()
    }

    /// Reads JSON text.
    ///
    /// Throws `CBORError` with the byte's offset.
    package init(json text: String, limits: CBORLimits = .standard) throws {
        try self.init(json: text.utf8, limits: limits)
    }

    /// The value as JSON text, for people and tools; reading it again doesn't give the same CBOR.
    ///
    /// Whole numbers and bignums keep all digits. Times (tag 1) become RFC 3339 text, UUIDs (tag
    /// 37) their text, decimals (tag 4) exact numbers, byte strings base64url without padding, NaN
    /// and infinities null, keys of other kinds than text their diagnostic notation; other tags
    /// are dropped (RFC 8949 section 6.1).
    package func json(pretty: Bool = false) -> String {
        var output = ""
        writeJSON(to: &output, indentation: pretty ? 0 : nil)
        return output
    }

    private func writeJSON(to output: inout String, indentation: Int?) {
        switch self {
        case .unsigned(let number): output += String(number)
        case .negative(let number): output += Self.negativeNotation(number)
        case .bytes(let bytes): output += "\"\(JSONText.base64URL(bytes))\""
        case .text(let text): JSONText.writeQuoted(text, to: &output)
        case .array(let items):
            Self.writeList(items, "[", "]", to: &output, indentation) { item, output, inner in
                item.writeJSON(to: &output, indentation: inner)
            }
        case .map(let pairs):
            Self.writeList(pairs, "{", "}", to: &output, indentation) { pair, output, inner in
                JSONText.writeQuoted(pair.key.textValue ?? pair.key.diagnostic, to: &output)
                output += inner == nil ? ":" : ": "
                pair.value.writeJSON(to: &output, indentation: inner)
            }
        case .tagged(let tag, let item):
            if let known = Self.wellKnownJSON(tag, item) {
                output += known
            } else {
                item.writeJSON(to: &output, indentation: indentation)
            }
        case .bool(let value): output += value ? "true" : "false"
        case .null: output += "null"
        case .float(let number): output += number.isFinite ? number.description : "null"
        }
    }

    private static func writeList<Item>(
        _ items: [Item],
        _ start: String,
        _ end: String,
        to output: inout String,
        _ indentation: Int?,
        _ write: (Item, inout String, Int?) -> Void
    ) {
        output += start
        guard !items.isEmpty else {
            output += end
            return
        }
        let inner = indentation.map { $0 + 2 }
        for (index, item) in items.enumerated() {
            if index > 0 { output += "," }
            if let inner { output += "\n" + String(repeating: " ", count: inner) }
            write(item, &output, inner)
        }
        if let indentation { output += "\n" + String(repeating: " ", count: indentation) }
        output += end
    }

    private static func wellKnownJSON(_ tag: UInt64, _ item: CBORValue) -> String? {
        switch (tag, item) {
        case (TagNumber.time, _):
            return item.doubleValue.flatMap(JSONText.time).map { "\"\($0)\"" }
        case (TagNumber.uuid, .bytes(let bytes)) where bytes.count == 16:
            let hex = HexText.lowercase(bytes)
            var text = ""
            for (index, digit) in hex.enumerated() {
                if [8, 12, 16, 20].contains(index) { text += "-" }
                text.append(digit)
            }
            return "\"\(text)\""
        case (TagNumber.bignum, .bytes), (TagNumber.negativeBignum, .bytes):
            return wholeNumber(.tagged(tag, item)).map { ($0.isNegative ? "-" : "") + $0.digits }
        case (TagNumber.decimal, .array(let parts)) where parts.count == 2:
            guard let exponent = parts[0].integerValue, (-200...200).contains(exponent),
                let number = wholeNumber(parts[1])
            else { return nil }
            return decimalJSON(number.digits, isNegative: number.isNegative, exponent: exponent)
        default:
            return nil
        }
    }

    /// The most bytes of a bignum that are shown in decimal, since the conversion is quadratic.
    private static let shownBignumByteCount = 128

    private static func wholeNumber(
        _ value: CBORValue
    ) -> (isNegative: Bool, digits: String)? {
        switch value {
        case .unsigned(let number): return (false, String(number))
        case .negative(let number): return (true, String(UInt128(number) + 1))
        case .tagged(let tag, .bytes(let bytes))
        where tag == TagNumber.bignum || tag == TagNumber.negativeBignum:
            guard bytes.count <= shownBignumByteCount else { return nil }
            let isNegative = tag == TagNumber.negativeBignum
            // A negative bignum stands for −1 − n.
            var words = bytes.map(UInt32.init)
            if isNegative {
                words.insert(0, at: 0)
                for index in words.indices.reversed() {
                    words[index] += 1
                    guard words[index] > 0xff else { break }
                    words[index] = 0
                }
            }
            var digits: [Character] = []
            while words.contains(where: { $0 != 0 }) {
                var remainder: UInt32 = 0
                for index in words.indices {
                    let part = remainder << 8 | words[index]
                    words[index] = part / 10
                    remainder = part % 10
                }
                digits.append(Character(String(remainder)))
            }
            return (isNegative, digits.isEmpty ? "0" : String(digits.reversed()))
        default: return nil
        }
    }

    private static func decimalJSON(_ digits: String, isNegative: Bool, exponent: Int) -> String {
        var digits = digits
        if exponent >= 0 {
            if digits != "0" { digits += String(repeating: "0", count: exponent) }
        } else {
            let missing = 1 - exponent - digits.count
            if missing > 0 { digits = String(repeating: "0", count: missing) + digits }
            digits.insert(".", at: digits.index(digits.endIndex, offsetBy: exponent))
        }
        return isNegative ? "-" + digits : digits
    }
}
