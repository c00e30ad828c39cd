/// Callers that each have one call in flight at all times.
public struct Load: Sendable {
    /// How many callers there are.
    public var inFlight: Int
    /// How many bytes one call carries, where that is not the method's own affair.
    public var byteCount: Int
    /// How long is measured.
    public var duration: Duration

    /// Describes a load.
    public init(inFlight: Int, byteCount: Int = 0, duration: Duration) {
        self.inFlight = inFlight
        self.byteCount = byteCount
        self.duration = duration
    }

    /// Not counted.
    public var warmUp: Duration { self.duration / 10 }

    /// Runs the same call over and over for a time, after a tenth of it to warm up.
    ///
    /// - Parameters:
    ///   - executor: where the callers run; anywhere if absent.
    ///   - call: makes one call; it is told which caller asks, counting from 0.
    public func run(
        on executor: (any TaskExecutor)? = nil,
        _ call: @escaping @Sendable (Int) async throws -> Void
    ) async throws -> Rate {
        let start = ContinuousClock.now + self.warmUp
        let end = start + self.duration
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for caller in 0..<self.inFlight {
                group.addTask(executorPreference: executor) {
                    while ContinuousClock.now < start { try await call(caller) }
                    var count = 0
                    while ContinuousClock.now < end {
                        try await call(caller)
                        count += 1
                    }
                    return count
                }
            }
            return Rate(
                callCount: try await group.reduce(0, +),
                duration: self.duration
            )
        }
    }
}

/// How many calls went through in a time.
public struct Rate: Sendable {
    /// How many.
    public var callCount: Int
    /// In how long.
    public var duration: Duration

    /// Notes a rate.
    public init(callCount: Int, duration: Duration) {
        self.callCount = callCount
        self.duration = duration
    }

    /// A second.
    public var perSecond: Double { Double(self.callCount) / (self.duration / .seconds(1)) }
    /// Of one call, if one is in flight at a time.
    public var microseconds: Double { 1_000_000 / self.perSecond }
}

/// The middle one; of an even number the higher of the two.
public func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

/// The value below which a share of all values lies.
public func percentile(_ share: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}
