/// When to try again to reach the server: exponential with full jitter, the first try included.
struct Backoff {
    private static let base = Duration.milliseconds(100)
    private static let limit = Duration.seconds(5)

    /// Failed attempts since the last success.
    private(set) var failureCount = 0
    /// Whether the last thing that happened was a failure or a loss.
    private(set) var isFailing = false
    /// Before this instant no attempt is made.
    private(set) var notBefore: ContinuousClock.Instant?

    mutating func succeeded() {
        self = Backoff()
    }

    mutating func attemptFailed(now: ContinuousClock.Instant) {
        self.failureCount += 1
        self.isFailing = true
        self.notBefore = now + Self.randomDelay(afterFailures: self.failureCount)
    }

    mutating func connectionLost(now: ContinuousClock.Instant) {
        self.isFailing = true
        if self.failureCount == 0 {
            self.notBefore = now + Self.randomDelay(afterFailures: 0)
        }
    }

    /// Uniform from zero to 100 ms, doubled with each failure, at most 5 s.
    static func randomDelay(afterFailures count: Int) -> Duration {
        let bound = min(Self.limit, Self.base * (1 << min(count, 6)))
        return .milliseconds(Int.random(in: 0...bound.milliseconds(atMost: 5000)))
    }
}
