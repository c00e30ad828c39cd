internal import struct FoundationEssentials.Date

/// Where payloads of a class and a month lie.
struct PayloadPartition: Hashable, Sendable {
    let auditClass: String
    /// The first second of the month, in UTC.
    let month: Date

    /// The partition of an entry's payload.
    init(_ columns: EntryColumns) {
        self.init(auditClass: columns.auditClass, at: columns.occurredAt)
    }

    /// The partition for a class and a time.
    init(auditClass: String, at time: Date) {
        self.auditClass = auditClass
        self.month = Date(timeIntervalSince1970: Self.firstSecond(ofMonthOf: time))
    }

    /// The first second of the month in UTC that a time lies in.
    static func firstSecond(ofMonthOf time: Date) -> Double {
        // Days and civil dates as in Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
        let day = Int((time.timeIntervalSince1970 / 86_400).rounded(.down)) + 719_468
        let era = (day >= 0 ? day : day - 146_096) / 146_097
        let dayOfEra = day - era * 146_097
        let yearOfEra =
            (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let dayOfMonth = dayOfYear - (153 * shiftedMonth + 2) / 5
        return Double((day - 719_468 - dayOfMonth) * 86_400)
    }
}
