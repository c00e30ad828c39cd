/// How failed attempts at one thing slow further attempts down.
///
/// The first `freeFailures` cost nothing.  The next locks for `firstDelay`, each one after that for
/// twice as long, up to `maximumDelay`.  Attempts while locked do not prolong the lock, and a pause
/// of `forgetAfter` without failures starts anew.
struct ThrottlePolicy: Sendable, Hashable {
    /// Failures without consequence.
    let freeFailures: Int
    /// The first lock.
    let firstDelay: Duration
    /// The longest lock.
    let maximumDelay: Duration
    /// How long nothing may fail for the count to begin at 0.
    let forgetAfter: Duration

    /// One account, whoever tries; also one account from one place that its owner used before.
    static let account = Self(
        freeFailures: 5, firstDelay: .seconds(1), maximumDelay: .seconds(900),
        forgetAfter: .seconds(86_400))
    /// One place, whatever accounts are tried from it.
    static let source = Self(
        freeFailures: 20, firstDelay: .seconds(1), maximumDelay: .seconds(900),
        forgetAfter: .seconds(3_600))
    /// Accounts that are made from one place; each counts.
    static let signUp = Self(
        freeFailures: 20, firstDelay: .seconds(1), maximumDelay: .seconds(900),
        forgetAfter: .seconds(3_600))

    /// The lock that a number of failures brings; `nil` while they are free.
    func delay(afterFailures failures: Int) -> Duration? {
        guard failures > self.freeFailures else { return nil }
        let doublings = min(failures - self.freeFailures - 1, Self.maximumDoublings)
        return min(self.maximumDelay, self.firstDelay * (1 << doublings))
    }

    /// Keeps the power of two within its type; any delay has reached its maximum by then.
    static let maximumDoublings = 20
}

/// Whether failures have consequences; they are counted in any case.
enum ThrottleMode: String, Sendable, CaseIterable {
    case on
    /// For tests of the sign-in itself, never for an installation.
    case off
}
