internal import struct FoundationEssentials.Date

/// Times as text: RFC 3339 in UTC with six digits after the point, as in
/// `2026-01-31T09:30:00.000000Z`.
enum Timestamp {
    /// The times that a message or conversation may carry.
    ///
    /// With a day to spare at the end, because a double holds them to 30 µs there.
    static let range =
        Date(timeIntervalSince1970: 0)..<Date(timeIntervalSince1970: 253_402_214_400)

    /// Writes a time, rounded to the microsecond.
    static func text(_ date: Date) -> String {
        let scaled = (date.timeIntervalSince1970 * 1_000_000).rounded()
        let microseconds = Int64(exactly: scaled) ?? 0
        let (day, time) = Self.divide(microseconds, by: 86_400_000_000)
        let (year, month, dayOfMonth) = Self.civil(fromDays: day)
        let seconds = time / 1_000_000
        return "\(Self.padded(year, 4))-\(Self.padded(month, 2))-\(Self.padded(dayOfMonth, 2))T"
            + "\(Self.padded(seconds / 3600, 2)):\(Self.padded(seconds / 60 % 60, 2)):"
            + "\(Self.padded(seconds % 60, 2)).\(Self.padded(time % 1_000_000, 6))Z"
    }

    /// Reads RFC 3339 with any offset and up to nine digits after the point; `nil` if it is not.
    static func date(_ text: String) -> Date? {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes[4] == 0x2D, bytes[7] == 0x2D,
            [0x54, 0x74, 0x20].contains(bytes[10]), bytes[13] == 0x3A, bytes[16] == 0x3A,
            let year = Self.number(bytes[0..<4]), let month = Self.number(bytes[5..<7]),
            let day = Self.number(bytes[8..<10]), let hour = Self.number(bytes[11..<13]),
            let minute = Self.number(bytes[14..<16]), let second = Self.number(bytes[17..<19]),
            (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        guard Self.civil(fromDays: days) == (year, month, day) else { return nil }
        var index = 19
        var microseconds: Int64 = 0
        if bytes[index] == 0x2E {
            let digits = bytes[(index + 1)...].prefix { (0x30...0x39).contains($0) }
            guard (1...9).contains(digits.count),
                let fraction = Self.number(digits.prefix(6))
            else { return nil }
            microseconds = fraction
            for _ in digits.prefix(6).count..<6 { microseconds *= 10 }
            index += 1 + digits.count
        }
        guard let offset = Self.offset(bytes[index...]) else { return nil }
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        return Date(
            timeIntervalSince1970: Double(seconds) + Double(microseconds) / 1_000_000
        )
    }

    private static func offset(_ bytes: ArraySlice<UInt8>) -> Int64? {
        guard let sign = bytes.first else { return nil }
        let rest = bytes.dropFirst()
        if sign == 0x5A || sign == 0x7A { return rest.isEmpty ? 0 : nil }
        guard sign == 0x2B || sign == 0x2D, rest.count == 5, rest[rest.startIndex + 2] == 0x3A,
            let hours = Self.number(rest.prefix(2)), let minutes = Self.number(rest.suffix(2)),
            hours < 24, minutes < 60
        else { return nil }
        return (hours * 3600 + minutes * 60) * (sign == 0x2B ? 1 : -1)
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        var value: Int64 = 0
        for digit in digits {
            guard (0x30...0x39).contains(digit) else { return nil }
            value = value * 10 + Int64(digit - 0x30)
        }
        return value
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }

    private static func divide(_ value: Int64, by divisor: Int64) -> (Int64, Int64) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// Days since 1970-01-01 in the proleptic Gregorian calendar, by Howard Hinnant's
    /// "chrono-Compatible Low-Level Date Algorithms".
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let shifted = month <= 2 ? year - 1 : year
        let (era, yearOfEra) = Self.divide(shifted, by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    private static func civil(fromDays days: Int64) -> (Int64, Int64, Int64) {
        let (era, dayOfEra) = Self.divide(days + 719_468, by: 146_097)
        let yearOfEra =
            (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shiftedMonth + 2) / 5 + 1
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }
}
