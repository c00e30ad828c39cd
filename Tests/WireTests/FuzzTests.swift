import FoundationEssentials
import Glibc
import NIOCore
import Testing

@testable import Wire

@Suite("Hostile input", .serialized)
struct FuzzTests {
    /// A type with every kind of container.
    struct Everything: Codable, Equatable {
        var message: CodableRoundTripTests.Message?
        var next: [Everything]?
        var table: [String: [Int: [UUID: Double]]]?
        var value: CBORValue?
    }

    @Test("mutated messages are read or refused with a CBORError, never more")
    func mutations() throws {
        var generator = RandomTesting.generator("mutations")
        var input = DeterministicInput(generator: generator)
        let sample = Everything(
            message: CodableRoundTripTests.message,
            next: [Everything(), Everything(value: ["a": 1])],
            table: ["a": [1: [UUID(): 2.5]]],
            value: ["x": [1, 2, .tagged(1, 5)]]
        )
        let corpus = [
            Array(try CBOREncoder().encode(sample).readableBytesView),
            Array(try CBOREncoder(deterministic: true).encode(sample).readableBytesView),
        ]
        let before = Self.peakKilobytes
        var (accepted, refused) = (0, 0)
        for round in 0..<(RandomTesting.isHeavy ? 200_000 : 5_000) {
            var bytes = round % 3 == 0 ? input.item() : corpus[round % 2]
            for _ in 0..<Int.random(in: 0..<4, using: &generator) {
                Self.mutate(&bytes, using: &generator)
            }
            let buffer = ByteBuffer(bytes: bytes)
            let decoder = CBORDecoder(unknownFields: round % 2 == 0 ? .ignore : .reject)
            do {
                let value = try CBORValue(decoding: buffer)
                accepted += 1
                // What was accepted can be written and is read back as the same value.
                let again = try CBORValue(decoding: value.encoded())
                #expect(again == value)
                let json = try CBORValue(json: value.json())
                #expect(json.json() == json.json())
                _ = value.diagnostic
            } catch let error as CBORError {
                refused += 1
                _ = error.description
            }
            do {
                let read = try decoder.decode(Everything.self, from: buffer)
                _ = try CBOREncoder().encode(read)
            } catch let error as CBORError {
                _ = error.description
            }
        }
        print("\(accepted) accepted, \(refused) refused")
        #expect(accepted > 500 && refused > 500)
        Self.expectGrowth(since: before, below: 65_536)
    }

    @Test("mutated messages by the million neither trap nor take memory beyond a bound")
    func manyMutations() async throws {
        let seed = RandomTesting.generator("many mutations").state
        let corpus = try Self.corpus()
        let (peak, space) = (Self.peakKilobytes, Self.addressSpaceKilobytes)
        let workers = RandomTesting.isHeavy ? ProcessInfo.processInfo.activeProcessorCount : 1
        let count = RandomTesting.isHeavy ? 10_000_000 : 20_000
        let tally = try await withThrowingTaskGroup(of: Tally.self) { group in
            for worker in 0..<workers {
                let share = count * (worker + 1) / workers - count * worker / workers
                group.addTask {
                    try Self.mutations(share, of: corpus, seed: seed &+ UInt64(worker))
                }
            }
            return try await group.reduce(into: Tally()) { $0.add($1) }
        }
        print("\(tally.accepted) accepted, \(tally.refused) refused")
        #expect(tally.accepted + tally.refused == count)
        #expect(tally.accepted > count / 100 && tally.refused > count / 100)
        Self.expectGrowth(since: peak, below: 65_536)
        // The allocator sets address space aside for each thread; memory for a declared count would
        // be thousands of millions of bytes, whether or not they are touched.
        #expect(Self.addressSpaceKilobytes - space < 1_048_576)
    }

    struct Tally: Sendable {
        var accepted = 0
        var refused = 0

        mutating func add(_ other: Tally) {
            accepted += other.accepted
            refused += other.refused
        }
    }

    /// Messages of every shape, small enough to be read often.
    private static func corpus() throws -> [[UInt8]] {
        let part = CodableRoundTripTests.Part.image(url: "a", width: 3)
        let values: [any Encodable] = [
            CodableRoundTripTests.message, part, ["a": [1: 2.5]], [UUID()], [Date()],
            Everything(next: [Everything(value: ["x": [1, .tagged(1, 5)]])]),
        ]
        return try values.map { Array(try CBOREncoder().encode($0).readableBytesView) }
    }

    /// Reads inputs that are one to four mutations away from a message.
    private static func mutations(
        _ count: Int,
        of corpus: [[UInt8]],
        seed: UInt64
    ) throws -> Tally {
        var generator = SeededGenerator(state: seed)
        var tally = Tally()
        let lenient = CBORDecoder()
        let strict = CBORDecoder(
            limits: CBORLimits(depth: 8, itemCount: 64),
            unknownFields: .reject
        )
        for round in 0..<count {
            var bytes = corpus[round % corpus.count]
            for _ in 0...Int.random(in: 0..<4, using: &generator) {
                mutate(&bytes, using: &generator)
            }
            let buffer = ByteBuffer(bytes: bytes)
            let decoder = round.isMultiple(of: 2) ? lenient : strict
            do {
                switch round % corpus.count {
                case 0: _ = try decoder.decode(CodableRoundTripTests.Message.self, from: buffer)
                case 1: _ = try decoder.decode(CodableRoundTripTests.Part.self, from: buffer)
                case 2: _ = try decoder.decode([String: [Int: Double]].self, from: buffer)
                case 3: _ = try decoder.decode([UUID].self, from: buffer)
                case 4: _ = try decoder.decode(CBORValue.self, from: buffer)
                default: _ = try decoder.decode(Everything.self, from: buffer)
                }
                tally.accepted += 1
            } catch is CBORError {
                tally.refused += 1
            }
        }
        return tally
    }

    @Test("a small input that declares much gets no memory for it")
    func bombs() throws {
        let before = Self.peakKilobytes
        let limits = CBORLimits(depth: 256, itemCount: .max)
        for head in ["9a7fffffff", "ba3fffffff", "5a7fffffff", "7a7fffffff", "9b00000000ffffffff"] {
            for _ in 0..<1000 {
                let hex = String(repeating: "81", count: 200) + head + "00"
                #expect(
                    try refusal(of: hex, as: [CBORValue].self, limits: limits)?.reason == .truncated
                )
            }
        }
        Self.expectGrowth(since: before, below: 16_384)
    }

    @Test("the deepest nesting that can be allowed is read, written and shown without trouble")
    func deepest() throws {
        let limits = CBORLimits(depth: .max)
        let hex = String(repeating: "81", count: CBORLimits.greatestDepth) + "00"
        let value = try CBORValue(decoding: ByteBuffer(bytes: try bytes(hex: hex)), limits: limits)
        #expect(HexText.lowercase(value.encoded().readableBytesView) == hex)
        #expect(try CBORValue(json: value.json(), limits: limits) == value)
        struct Chain: Codable { var next: [Chain]? }
        let links = CBORLimits.greatestDepth / 2
        let chain = String(repeating: "a1646e65787481", count: links - 1) + "a0"
        #expect(try refusal(of: chain, as: Chain.self, limits: limits) == nil)
    }

    @Test("maps of many keys, in keys of keys, are judged in time that grows with their size")
    func keyCost() throws {
        // 30 levels of {[…]: 0, 1: 0} where every key holds an integer longer than need be.
        var key: [UInt8] = [0x18, 0x01]
        for _ in 0..<30 { key = [0xa2] + key + [0x00, 0x05, 0x00] }
        #expect(throws: CBORError.self) { try CBORValue(decoding: ByteBuffer(bytes: key)) }
        // 30,000 keys, each in an encoding longer than need be.
        var map: [UInt8] = [0xb9, 0x75, 0x30]
        for number in 0..<30_000 {
            map += [0x1a, 0, 0, UInt8(number >> 8), UInt8(number & 255), 0x00]
        }
        let start = ContinuousClock.now
        _ = try CBORValue(decoding: ByteBuffer(bytes: map))
        print("30,000 irregular keys: \(ContinuousClock.now - start)")
        map[map.count - 2] = 0
        map[map.count - 3] = 0
        #expect(throws: CBORError.self) { try CBORValue(decoding: ByteBuffer(bytes: map)) }
    }

    static func mutate(_ bytes: inout [UInt8], using generator: inout SeededGenerator) {
        guard !bytes.isEmpty else { return }
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<6, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes[index] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 2: bytes.remove(at: index)
        case 3: bytes.insert(UInt8.random(in: 0...255, using: &generator), at: index)
        case 4: bytes.removeLast(Int.random(in: 0...min(8, bytes.count), using: &generator))
        default:
            let end = min(bytes.count, index + Int.random(in: 1...16, using: &generator))
            bytes.insert(
                contentsOf: bytes[index..<end],
                at: Int.random(in: 0...bytes.count, using: &generator)
            )
        }
    }

    /// Expects that the process's memory did not grow beyond a bound.
    ///
    /// Holds only where nothing else runs in the process, as in `deploy/test fuzz`.
    static func expectGrowth(since before: Int, below kilobytes: Int) {
        guard RandomTesting.isHeavy else { return }
        #expect(Self.peakKilobytes - before < kilobytes)
    }

    /// The most address space that this process has had.
    static var addressSpaceKilobytes: Int {
        // Without the file there is nothing to compare, and both sides of a comparison are 0.
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
            let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmPeak:") }),
            let number = line.split(whereSeparator: { !$0.isNumber }).first
        else { return 0 }
        return Int(number) ?? 0
    }

    /// The most memory that this process has had resident.
    static var peakKilobytes: Int {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return usage.ru_maxrss
    }
}
