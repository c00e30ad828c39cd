/// Callers that each have one call in flight at all times.
struct Load {
    var inFlight: Int
    var byteCount: Int
    var duration: Duration

    /// Not counted.
    var warmUp: Duration { self.duration / 10 }

    /// Runs the same call over and over for a time, after a tenth of it to warm up.
    ///
    /// - Parameter executor: where the callers run; anywhere if absent.
    func run(
        on executor: (any TaskExecutor)? = nil,
        _ call: @escaping @Sendable () async throws -> Void
    ) async throws -> Rate {
        let start = ContinuousClock.now + self.warmUp
        let end = start + self.duration
        return try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<self.inFlight {
                group.addTask(executorPreference: executor) {
                    while ContinuousClock.now < start { try await call() }
                    var count = 0
                    while ContinuousClock.now < end {
                        try await call()
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
struct Rate {
    var callCount: Int
    var duration: Duration

    var perSecond: Double { Double(self.callCount) / (self.duration / .seconds(1)) }
    /// Of one call, if one is in flight at a time.
    var microseconds: Double { 1_000_000 / self.perSecond }
}

/// The middle one; of an even number the higher of the two.
func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
