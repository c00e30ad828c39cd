import FoundationEssentials
import NIOCore

@testable import Wire

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

/// Why bytes are refused, or nil when they are read.
func refusal<T: Decodable>(
    of hex: String,
    as type: T.Type = CBORValue.self,
    limits: CBORLimits = .standard,
    unknownFields: CBORDecoder.UnknownFields = .ignore
) throws -> CBORError? {
    let buffer = ByteBuffer(bytes: try bytes(hex: hex))
    let decoder = CBORDecoder(limits: limits, unknownFields: unknownFields)
    do {
        _ = try decoder.decode(type, from: buffer)
        return nil
    } catch let error as CBORError {
        return error
    }
}

/// Writes deterministic CBOR on its own, so that a mistake of the codec isn't made twice.
struct DeterministicInput {
    var generator: SeededGenerator

    mutating func item(depth: Int = 0) -> [UInt8] {
        switch Int.random(in: 0..<(depth < 5 ? 14 : 9), using: &generator) {
        case 0, 1: return head(0, number())
        case 2: return head(1, number())
        case 3:
            let count = Int.random(in: 0..<40, using: &generator)
            return head(2, UInt64(count))
                + (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        case 4, 5:
            let text = Array(self.text().utf8)
            return head(3, UInt64(text.count)) + text
        case 6: return [[0xf4, 0xf5, 0xf6].randomElement(using: &generator)!]
        case 7, 8: return float()
        case 9, 10:
            let count = self.count(depth)
            return (0..<count).reduce(into: head(4, UInt64(count))) { bytes, _ in
                bytes += item(depth: depth + 1)
            }
        case 11, 12:
            var entries: [[UInt8]: [UInt8]] = [:]
            for _ in 0..<count(depth) { entries[item(depth: depth + 1)] = item(depth: depth + 1) }
            let sorted = entries.sorted { $0.key.lexicographicallyPrecedes($1.key) }
            return sorted.reduce(into: head(5, UInt64(sorted.count))) { $0 += $1.key + $1.value }
        default: return head(6, number()) + item(depth: depth + 1)
        }
    }

    private mutating func count(_ depth: Int) -> Int {
        // Long ones on top only, or the inputs would grow without measure.
        depth == 0 && Int.random(in: 0..<20, using: &generator) == 0
            ? Int.random(in: 20..<300, using: &generator) : Int.random(in: 0..<4, using: &generator)
    }

    private mutating func number() -> UInt64 {
        let edges: [UInt64] = [
            0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295, 4_294_967_296,
            UInt64(Int64.max), UInt64(Int64.max) + 1, .max,
        ]
        if Int.random(in: 0..<3, using: &generator) == 0 {
            return edges.randomElement(using: &generator)!
        }
        return UInt64.random(in: .min ... .max, using: &generator)
            >> UInt64.random(in: 0..<64, using: &generator)
    }

    private mutating func text() -> String {
        let alphabet: [String] = [
            "a", "Z", "0", "é", "e\u{301}", "水", "𐅑", "\u{0}", "\"", "\u{10ffff}",
        ]
        return (0..<Int.random(in: 0..<30, using: &generator))
            .map { _ in alphabet.randomElement(using: &generator)! }.joined()
    }

    private mutating func float() -> [UInt8] {
        while true {
            switch Int.random(in: 0..<3, using: &generator) {
            case 0:
                let bits = UInt16.random(in: .min ... .max, using: &generator)
                let isNaN = bits & 0x7c00 == 0x7c00 && bits & 0x3ff != 0
                return isNaN ? [0xf9, 0x7e, 0x00] : [0xf9] + bigEndian(UInt64(bits), 2)
            case 1:
                let number = Float(bitPattern: UInt32.random(in: .min ... .max, using: &generator))
                // Magnitudes outside what half precision reaches are never shorter.
                guard number.isFinite, abs(number) > 65_520 || abs(number) < 2e-8, number != 0
                else { continue }
                return [0xfa] + bigEndian(UInt64(number.bitPattern), 4)
            default:
                let number = Double(bitPattern: UInt64.random(in: .min ... .max, using: &generator))
                // 29 bits that single precision has no room for.
                guard number.isFinite, number.bitPattern & 0x1fff_ffff != 0 else { continue }
                guard abs(number) > 1e-30 else { continue }
                return [0xfb] + bigEndian(number.bitPattern, 8)
            }
        }
    }

    private func head(_ major: UInt8, _ argument: UInt64) -> [UInt8] {
        switch argument {
        case 0..<24: [major << 5 | UInt8(argument)]
        case 24..<0x100: [major << 5 | 24] + bigEndian(argument, 1)
        case 0x100..<0x1_0000: [major << 5 | 25] + bigEndian(argument, 2)
        case 0x1_0000..<0x1_0000_0000: [major << 5 | 26] + bigEndian(argument, 4)
        default: [major << 5 | 27] + bigEndian(argument, 8)
        }
    }

    private func bigEndian(_ number: UInt64, _ count: Int) -> [UInt8] {
        (0..<count).reversed().map { UInt8(truncatingIfNeeded: number >> UInt64(8 * $0)) }
    }
}
