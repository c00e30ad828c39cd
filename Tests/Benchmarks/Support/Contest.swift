import Glibc

/// One way of doing something, to be compared with others.
public struct Contender {
    /// What the report calls it.
    public var name: String
    /// Does it as often as asked, and returns something that depends on each result, so that none
    /// can be left out.
    public var run: (_ count: Int) throws -> Int

    /// Makes a contender.
    public init(_ name: String, run: @escaping (_ count: Int) throws -> Int) {
        self.name = name
        self.run = run
    }
}

/// Several ways of doing the same, measured by turns so that whatever disturbs the machine
/// disturbs all of them.
public struct Contest {
    /// What the report calls it.
    public var name: String
    /// The ways; the first is ours.
    public var contenders: [Contender]

    /// Makes a contest.
    public init(_ name: String, _ contenders: [Contender]) {
        self.name = name
        self.contenders = contenders
    }

    /// Runs every contender once a round, and returns the medians.
    ///
    /// - Parameter batch: how long one turn lasts, about, in nanoseconds.
    public func run(rounds: Int, batch: Double = 4_000_000) throws -> Outcome {
        let counts = try self.contenders.map { contender in
            _ = try contender.run(1_000)
            return max(1, Int(batch / (try Self.time(contender, count: 1_000))))
        }
        var samples = [[Double]](repeating: [], count: self.contenders.count)
        for round in 0..<rounds {
            // Nobody always runs behind the same one.
            for turn in self.contenders.indices {
                let index = (turn + round) % self.contenders.count
                samples[index].append(
                    try Self.time(self.contenders[index], count: counts[index])
                )
            }
        }
        return Outcome(
            name: self.name,
            results: zip(self.contenders, samples).map { contender, samples in
                Outcome.Result(name: contender.name, samples: samples.sorted())
            }
        )
    }

    /// Nanoseconds of the processor's time for one turn's each.
    private static func time(_ contender: Contender, count: Int) throws -> Double {
        let start = self.processorTime
        let checksum = try contender.run(count)
        let end = self.processorTime
        precondition(checksum != 0, "\(contender.name) did nothing")
        return (end - start) / Double(count)
    }

    /// The time that this thread has run, which other processes do not lengthen by running too.
    private static var processorTime: Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
    }
}
