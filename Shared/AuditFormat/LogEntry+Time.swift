package import AuditAPI

package import struct FoundationEssentials.Date

extension LogEntry {
    /// When an event counts as having happened: as it says, unless that is far from when the log
    /// took it.  Then it counts as of then, and where that is not known, as of the nearest time
    /// between 2000 and 2200.
    ///
    /// - Parameters:
    ///   - occurredAt: what the event says.
    ///   - receivedAt: when the log took it; `nil` for entries that do not say so.
    package static func countedTime(of occurredAt: Date, receivedAt: Date?) -> Date {
        if let receivedAt {
            let age = receivedAt.timeIntervalSince(occurredAt)
            let isNear = (-Self.futureLimit...Self.pastLimit).contains(age)
            return isNear ? occurredAt : receivedAt
        }
        let seconds = occurredAt.timeIntervalSince1970
        if seconds > Self.firstSecond, seconds < Self.lastSecond { return occurredAt }
        let nearest = seconds >= Self.lastSecond ? Self.lastSecond : Self.firstSecond
        return Date(timeIntervalSince1970: nearest)
    }

    /// How old an event may be when it comes, in seconds: ten years, which is above the longest
    /// retention there is at first.
    private static let pastLimit = 3_653.0 * 86_400
    /// How far a producer's clock may be ahead, in seconds: a day.
    private static let futureLimit = 86_400.0
    /// 2000-01-01 and 2200-01-01.
    private static let firstSecond = 946_684_800.0
    private static let lastSecond = 7_258_118_400.0
}
