package import AuditAPI

package import struct FoundationEssentials.Date

extension LogEntry {
    /// When its event counts as having happened: as that says, unless it is far from when the log
    /// took it.  Then it counts as of then, and where that is not known, as of the nearest time
    /// between 2000 and 2200.
    ///
    /// Payloads lie in a partition for each month, and this bounds how many of them there are: a
    /// producer whose times are made up reaches 15 months, with the present and the next.
    ///
    /// - Parameter occurredAt: what the event says.
    package func countedTime(of occurredAt: Date) -> Date {
        if let receivedAt = self.receivedAt {
            let age = receivedAt.timeIntervalSince(occurredAt)
            let pastLimit = self.version >= 3 ? Self.pastLimit : Self.formerPastLimit
            let isNear = (-Self.futureLimit...pastLimit).contains(age)
            return isNear ? occurredAt : receivedAt
        }
        let seconds = occurredAt.timeIntervalSince1970
        if seconds > Self.firstSecond, seconds < Self.lastSecond { return occurredAt }
        let nearest = seconds >= Self.lastSecond ? Self.lastSecond : Self.firstSecond
        return Date(timeIntervalSince1970: nearest)
    }

    /// How old an event may be when it comes, in seconds: 396 days, 13 months.
    private static let pastLimit = 396.0 * 86_400
    /// The same for entries of version 2: ten years.
    private static let formerPastLimit = 3_653.0 * 86_400
    /// How far a producer's clock may be ahead, in seconds: a day.
    private static let futureLimit = 86_400.0
    /// 2000-01-01 and 2200-01-01.
    private static let firstSecond = 946_684_800.0
    private static let lastSecond = 7_258_118_400.0
}
