package import FoundationEssentials

/// Points in time are `timestamptz`, exact to the microsecond.
///
/// The infinite timestamps of PostgreSQL have no equal and are refused, as are dates outside
/// 4713 BC to 294276 AD.
extension Date: SQLValue, SQLArrayElement {
    /// Seconds from 2000-01-01, where PostgreSQL counts from, to 2001-01-01, where `Date` does.
    private static let secondsBetweenEpochs = 31_622_400.0

    /// 4714-11-24 BC and 294277-01-01 AD in microseconds from 2000-01-01.
    private static let range: Range<Double> = -211_813_488_000_000_000..<9_223_371_331_200_000_000

    package static var parameterType: PostgresType { .timestamptz }
    package static var elementType: PostgresType { .timestamptz }
    package static var arrayType: PostgresType { .timestamptzArray }

    package func encode(into bytes: inout [UInt8]) throws(SQLValueError) {
        let seconds = self.timeIntervalSinceReferenceDate + Self.secondsBetweenEpochs
        let microseconds = (seconds * 1e6).rounded()
        // False for NaN as well.
        guard Self.range.contains(microseconds) else {
            throw .unrepresentable("the date is outside the range of timestamptz")
        }
        Int64(microseconds).appendBigEndian(to: &bytes)
    }

    package static func decode(
        _ bytes: Span<UInt8>,
        type: PostgresType
    ) throws(SQLValueError) -> Date {
        guard type == .timestamptz else { throw .typeMismatch }
        let microseconds = try Int64(bigEndianBytes: bytes)
        if microseconds == .max || microseconds == .min {
            throw .unrepresentable("the timestamp is infinite")
        }
        let (seconds, rest) = microseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return Date(
            timeIntervalSinceReferenceDate:
                Double(seconds) - Self.secondsBetweenEpochs + Double(rest) / 1e6
        )
    }
}
