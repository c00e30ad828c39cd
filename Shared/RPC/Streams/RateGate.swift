import NIOCore

/// Counts events in intervals and says when there are more than normal work explains.
struct RateGate {
    private let limit: Int
    private let interval: TimeAmount
    private var count = 0
    private var windowEnd = NIODeadline.uptimeNanoseconds(0)

    init(limit: Int, interval: Duration) {
        self.limit = limit
        self.interval = .microseconds(interval.microseconds)
    }

    /// Counts one event; false once the limit is exceeded within the interval.
    mutating func admit(now: NIODeadline) -> Bool {
        if now >= self.windowEnd {
            self.windowEnd = now + self.interval
            self.count = 0
        }
        self.count += 1
        return self.count <= self.limit
    }
}
