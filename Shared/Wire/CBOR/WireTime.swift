import FoundationEssentials

/// The number that stands for a `Date` in tag 1.
///
/// `Date` counts from 2001 and the wire from 1970, each in a double, so that adding the difference
/// rounds. Between the years 1732 and 2207 both doubles are fine enough to tell microseconds apart,
/// and the conversion goes through whole microseconds: no time changes however often it is sent.
/// Outside, the double is sent as it is.
enum WireTime {
    /// Whole seconds, or seconds with microseconds.
    enum Seconds {
        case whole(Int64)
        case fractional(Double)
    }

    private static let microsecondRange = -7_500_000_000.0..<7_500_000_000.0
    private static let microsecondsTo2001: Int64 = 978_307_200_000_000

    /// The time on the wire; nil for a date that isn't a finite number.
    @inline(__always)
    static func seconds(of date: Date) -> Seconds? {
        let seconds = date.timeIntervalSince1970
        guard seconds.isFinite else { return nil }
        guard microsecondRange.contains(seconds) else {
            return Int64(exactly: seconds).map(Seconds.whole) ?? .fractional(seconds)
        }
        let total = microseconds(date.timeIntervalSinceReferenceDate) + microsecondsTo2001
        let (whole, fraction) = total.quotientAndRemainder(dividingBy: 1_000_000)
        return fraction == 0 ? .whole(whole) : .fractional(Double(total) / 1e6)
    }

    /// The date for a number on the wire, which must be finite.
    @inline(__always)
    static func date(seconds: Double) -> Date {
        guard microsecondRange.contains(seconds) else {
            return Date(timeIntervalSince1970: seconds)
        }
        let total = microseconds(seconds) - microsecondsTo2001
        return Date(timeIntervalSinceReferenceDate: Double(total) / 1e6)
    }

    /// The nearest whole number of microseconds; multiplying the fraction alone loses nothing.
    ///
    /// Conversions take a tenth of the time of the C library's functions that round.
    @inline(__always)
    private static func microseconds(_ seconds: Double) -> Int64 {
        var whole = Int64(seconds)
        if Double(whole) > seconds { whole -= 1 }
        let fraction = (seconds - Double(whole)) * 1e6
        var microseconds = Int64(fraction)
        if fraction - Double(microseconds) >= 0.5 { microseconds += 1 }
        return whole * 1_000_000 + microseconds
    }
}
