/// Pieces of JSON's text form (RFC 8259).
enum JSONText {
    /// Appends a string in quotes.
    ///
    /// Control characters are escaped, and so are U+2028 and U+2029, which some readers take for
    /// line ends; all else stands as it is.
    static func writeQuoted(_ text: String, to output: inout String) {
        output += "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": output += "\\\""
            case "\\": output += "\\\\"
            case "\n": output += "\\n"
            case "\r": output += "\\r"
            case "\t": output += "\\t"
            case "\u{08}": output += "\\b"
            case "\u{0c}": output += "\\f"
            case "\u{00}"..."\u{1f}", "\u{7f}", "\u{2028}", "\u{2029}":
                let digits = String(scalar.value, radix: 16)
                output += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: output.unicodeScalars.append(scalar)
            }
        }
        output += "\""
    }

    /// Bytes as base64url without padding (RFC 4648 section 5), as RFC 8949 section 6.1 asks.
    static func base64URL(_ bytes: [UInt8]) -> String {
        let alphabet = Array(
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8
        )
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count * 4 + 2) / 3)
        var index = 0
        while index < bytes.count {
            let rest = bytes.count - index
            let group =
                UInt32(bytes[index]) << 16
                | (rest > 1 ? UInt32(bytes[index + 1]) << 8 : 0)
                | (rest > 2 ? UInt32(bytes[index + 2]) : 0)
            for digit in 0..<min(rest + 1, 4) {
                text.append(alphabet[Int(group >> UInt32(18 - 6 * digit)) & 63])
            }
            index += 3
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Seconds since 1970 as an RFC 3339 time in UTC with up to six decimals, or nil outside the
    /// years 0 to 9999.
    static func time(_ seconds: Double) -> String? {
        guard seconds >= -62_167_219_200, seconds < 253_402_300_800 else { return nil }
        let microseconds = Int64((seconds * 1e6).rounded())
        let day = microseconds.flooredQuotient(by: 86_400_000_000)
        let inDay = microseconds - day * 86_400_000_000
        // Days to a date in the proleptic Gregorian calendar, by 400-year eras of 146,097 days
        // (Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms").
        let shifted = day + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        // Rounding up to the next microsecond may have left the last year.
        guard (0...9999).contains(year) else { return nil }
        let date =
            "\(padded(year, 4))-\(padded(month, 2))-"
            + padded(dayOfYear - (153 * marchMonth + 2) / 5 + 1, 2)
        let second = inDay / 1_000_000
        let clock =
            "\(padded(second / 3600, 2)):\(padded(second / 60 % 60, 2)):\(padded(second % 60, 2))"
        var fraction = padded(inDay % 1_000_000, 6)
        while fraction.last == "0" { fraction.removeLast() }
        return fraction.isEmpty ? "\(date)T\(clock)Z" : "\(date)T\(clock).\(fraction)Z"
    }

    private static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func flooredQuotient(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = self.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
