import Wire

/// A moment, to the microsecond, written as RFC 3339 asks.
struct Timestamp: Hashable, Sendable {
    /// Microseconds since 1970.
    let microseconds: Int64

    init(microseconds: Int64) { self.microseconds = microseconds }

    /// Reads `2026-01-31T12:00:00.25+01:00`; `nil` for anything that is no moment.
    ///
    /// Digits beyond the microsecond are dropped.  A leap second is read as the second after it.
    init?(_ text: String) {
        var rest = text[...]
        guard let year = rest.takeNumber(digits: 4), rest.take("-"),
            let month = rest.takeNumber(digits: 2), rest.take("-"),
            let day = rest.takeNumber(digits: 2),
            rest.take("T") || rest.take("t") || rest.take(" "),
            let hour = rest.takeNumber(digits: 2), rest.take(":"),
            let minute = rest.takeNumber(digits: 2), rest.take(":"),
            let second = rest.takeNumber(digits: 2),
            (1...12).contains(month), (1...Self.dayCount(year: year, month: month)).contains(day),
            hour < 24, minute < 60, second <= 60,
            let fraction = Self.takeFraction(&rest),
            let offset = Self.takeOffset(&rest), rest.isEmpty
        else { return nil }
        let days = Self.days(year: year, month: month, day: day)
        let seconds = days * 86_400 + hour * 3600 + minute * 60 + second - offset
        self.microseconds = seconds * 1_000_000 + fraction
    }

    /// CBOR tag 1: an integer when whole seconds, otherwise a float.
    var value: CBORValue {
        if self.microseconds % 1_000_000 == 0 {
            return .tagged(1, CBORValue(Int(self.microseconds / 1_000_000)))
        }
        return .tagged(1, .float(Double(self.microseconds) / 1e6))
    }

    private static func takeFraction(_ rest: inout Substring) -> Int64? {
        guard rest.take(".") else { return 0 }
        let digits = rest.prefix { $0.isASCII && $0.isNumber }
        guard !digits.isEmpty else { return nil }
        rest = rest[digits.endIndex...]
        return Int64(String(digits.prefix(6)).padded(to: 6, with: "0"))
    }

    private static func takeOffset(_ rest: inout Substring) -> Int64? {
        if rest.take("Z") || rest.take("z") { return 0 }
        let sign: Int64 = rest.take("-") ? -1 : 1
        guard sign == -1 || rest.take("+"), let hours = rest.takeNumber(digits: 2),
            rest.take(":"), let minutes = rest.takeNumber(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private static func dayCount(year: Int64, month: Int64) -> Int64 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return switch month {
        case 2: isLeap ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }

    /// Days since 1970 in the proleptic Gregorian calendar.
    ///
    /// Source: H. Hinnant, “chrono-Compatible Low-Level Date Algorithms”, days_from_civil.
    private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let year = month <= 2 ? year - 1 : year
        let era = (year >= 0 ? year : year - 399) / 400
        let yearOfEra = year - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }
}

extension Substring {
    fileprivate mutating func take(_ character: Character) -> Bool {
        guard self.first == character else { return false }
        self.removeFirst()
        return true
    }

    fileprivate mutating func takeNumber(digits: Int) -> Int64? {
        let text = self.prefix(digits)
        guard text.count == digits, text.utf8.allSatisfy({ (48...57).contains($0) }) else {
            return nil
        }
        self.removeFirst(digits)
        return Int64(text)
    }
}
