import FoundationEssentials

/// SplitMix64 (Steele, Lea, Flood 2014): small, and the same numbers for a seed everywhere.
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var word = state
        word = (word ^ (word >> 30)) &* 0xbf58_476d_1ce4_e5b9
        word = (word ^ (word >> 27)) &* 0x94d0_49bb_1331_11eb
        return word ^ (word >> 31)
    }

    /// A number of any magnitude: small ones are as likely as large ones.
    mutating func number() -> UInt64 { self.next() >> UInt64.random(in: 0..<64, using: &self) }
}

/// How much random testing is done, and from where it starts.
enum RandomTesting {
    static let environment = ProcessInfo.processInfo.environment

    static let isHeavy = environment["STEWARD_TEST_HEAVY"] == "1"

    static func generator(_ name: String) -> SeededGenerator {
        let seed =
            environment["STEWARD_TEST_SEED"].flatMap { UInt64($0) }
            ?? UInt64.random(in: .min ... .max)
        print("\(name): STEWARD_TEST_SEED=\(seed)")
        return SeededGenerator(state: seed)
    }
}
