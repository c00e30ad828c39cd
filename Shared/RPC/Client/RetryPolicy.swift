import Locks

/// Whether, and when, one call is sent again.
struct RetryPolicy {
    /// The most attempts, the first included.
    private static let attemptCount = 8
    private static let firstDelay = Duration.milliseconds(20)

    /// How often the call was sent before.
    private(set) var attempt = 0
    private let isRepeatable: Bool

    init(_ contract: MethodContract, hasIdempotencyKey: Bool) {
        self.isRepeatable =
            switch contract.repeatability {
            case .readOnly, .idempotent: true
            case .withKey: hasIdempotencyKey
            case .never: false
            }
    }

    /// How long to wait before the next attempt; `nil` if there must not be one.
    ///
    /// - Parameter mayComeBack: whether the service was there before.  Then a call that it did not
    ///   process waits for its restart as long as the caller does.
    mutating func delay(after error: RPCError, mayComeBack: Bool = false) -> Duration? {
        guard
            self.attempt + 1 < Self.attemptCount || mayComeBack && error.retry == .notProcessed
        else { return nil }
        let floor: Duration
        switch error.retry {
        case .never: return nil
        case .ifRepeatable:
            guard self.isRepeatable, error.code == .unavailable else { return nil }
            floor = .zero
        case .notProcessed: floor = .zero
        case .after(let delay): floor = delay
        }
        // A deadline that has passed, or a caller that left, is not helped by another attempt.
        guard error.code != .deadlineExceeded, error.code != .cancelled else { return nil }
        let ceiling = Self.firstDelay * (1 << min(self.attempt, Self.attemptCount - 2))
        self.attempt += 1
        return floor + ceiling * Double.random(in: 0...1)
    }
}

/// Keeps retries a small share of all calls, so that a service in trouble is not drowned by them.
///
/// Source: gRPC A6, retry throttling.
final class RetryBudget: Sendable {
    /// Half of it may be used: enough for all streams of two connections that are lost at once.
    private static let largest = 512.0
    private let tokens = Mutex(RetryBudget.largest)

    func succeeded() { self.tokens.withLock { $0 = min(Self.largest, $0 + 0.1) } }

    /// Takes a retry out of the budget; false if it is used up.
    func take() -> Bool {
        self.tokens.withLock { tokens in
            guard tokens >= Self.largest / 2 else {
                // Regains slowly even if nothing succeeds, so that it never stays shut.
                tokens += 0.5
                return false
            }
            tokens -= 1
            return true
        }
    }
}
