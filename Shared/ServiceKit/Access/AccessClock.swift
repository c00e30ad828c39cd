package import struct FoundationEssentials.Date

/// The two clocks that access decisions look at; tests bring their own.
package struct AccessClock: Sendable {
    /// Calendar time, for what tokens say.
    package let date: @Sendable () -> Date
    /// Time that only goes forward, for how long ago identity was heard.
    package let instant: @Sendable () -> ContinuousClock.Instant

    /// Brings clocks.
    package init(
        date: @escaping @Sendable () -> Date,
        instant: @escaping @Sendable () -> ContinuousClock.Instant
    ) {
        self.date = date
        self.instant = instant
    }

    /// The machine's clocks.
    package static let system = AccessClock(date: { .now }, instant: { .now })
}
