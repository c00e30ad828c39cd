import FoundationEssentials
import Locks
import NIOCore
import Testing

@testable import Wire

@Suite("An input read before it is scanned")
struct UnscannedInputTests {
    enum Level: String, Codable { case low, middle, high }

    /// Fields of every kind that is read in one go, and some that aren't.
    struct Note: Codable, Equatable {
        var id: UUID?
        var title: String
        var level: Level?
        var isFinal: Bool?
        var at: Date?
        var labels: [String]?
        var count: Int?
        var size: UInt8?
        var weight: Double?
        var data: Data?
        var scores: [Int]?
        var part: Part?
        var text: String?

        struct Part: Codable, Equatable { var name: String, size: Int? }
    }

    /// Asks for a field twice, for one that it has passed, and goes on after errors.
    struct Stubborn: Decodable, Equatable {
        var answers: [String] = []

        enum CodingKeys: String, CodingKey { case id, title, labels, count, text }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            func note<Value>(_ read: () throws -> Value) {
                do { answers.append("\(try read())") } catch { answers.append("refused") }
            }
            note { try container.decodeIfPresent(String.self, forKey: .title) }
            note { try container.decodeIfPresent(Int.self, forKey: .count) }
            note { try container.decodeIfPresent(String.self, forKey: .title) }
            note { try container.decodeIfPresent([String].self, forKey: .labels) }
            note { try container.decode(Int.self, forKey: .count) }
            note { try container.decodeIfPresent(String.self, forKey: .text) }
            note { container.contains(.id) }
            note { container.allKeys.map(\.stringValue) }
            note { try decoder.container(keyedBy: Note.Part.Keys.self).allKeys.count }
        }
    }

    /// Has two names for one field, reads only some, and refuses what it doesn't like.
    struct Choosy: Decodable, Equatable {
        var first: String?
        var second: String?
        var count: Int?

        enum CodingKeys: CodingKey {
            case title, alias, count

            var stringValue: String { self == .count ? "count" : "title" }
            var intValue: Int? { nil }
            init?(intValue: Int) { nil }
            init?(stringValue: String) {
                guard stringValue == "title" else { return nil }
                self = .title
            }
        }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            first = try container.decodeIfPresent(String.self, forKey: .title)
            second = try container.decodeIfPresent(String.self, forKey: .alias)
            count = try container.decodeIfPresent(Int.self, forKey: .count)
            if count == 7 { throw CBORError(path: "own", reason: .invalidValue("seven")) }
            if count == 8 {
                throw DecodingError.dataCorruptedError(
                    forKey: .count, in: container, debugDescription: "eight")
            }
        }
    }

    private static func outcome<Value: Decodable & Equatable>(
        of bytes: [UInt8],
        as type: Value.Type,
        limits: CBORLimits,
        scansFirst: Bool
    ) -> Result<Value, CBORError> {
        var decoder = CBORDecoder(limits: limits)
        decoder.scansFirst = scansFirst
        do {
            return .success(try decoder.decode(type, from: ByteBuffer(bytes: bytes)))
        } catch {
            return .failure(error as? CBORError ?? CBORError(reason: .invalidValue("\(error)")))
        }
    }

    /// Whether an input is read, after an expectation that both ways come to the same.
    private static func agree<Value: Decodable & Equatable>(
        on bytes: [UInt8],
        as type: Value.Type,
        limits: CBORLimits = .standard
    ) -> Bool {
        let quick = outcome(of: bytes, as: type, limits: limits, scansFirst: false)
        let careful = outcome(of: bytes, as: type, limits: limits, scansFirst: true)
        #expect(quick == careful, "\(type) of \(HexText.lowercase(bytes))")
        if case .success = quick { return true }
        return false
    }

    /// A map of some of the fields of `Note` in their order; sometimes in another, with null, with
    /// values of another kind, with fields that nobody knows, or with one twice.
    private static func map(using generator: inout SeededGenerator) -> CBORValue {
        func chance(_ count: Int) -> Bool { Int.random(in: 0..<count, using: &generator) == 0 }
        func text() -> CBORValue {
            let length = [0, 1, 7, 8, 22, 23, 24, 255, 256, 700].randomElement(using: &generator)!
            let unit = ["a", "z", "é", "水"].randomElement(using: &generator)!
            return .text(String(repeating: unit, count: length))
        }
        let fraction = chance(2) ? 0.25 : 0
        let fields: [CBORPair] = [
            CBORPair("id", .tagged(37, .bytes(Array(repeating: 7, count: 16)))),
            CBORPair("title", text()),
            CBORPair("level", .text(["low", "middle", "high"].randomElement(using: &generator)!)),
            CBORPair("isFinal", .bool(chance(2))),
            CBORPair("at", .tagged(1, .float(1_700_000_000 + fraction))),
            CBORPair(
                "labels",
                .array((0..<Int.random(in: 0..<6, using: &generator)).map { _ in text() })
            ),
            CBORPair("count", .unsigned(UInt64.random(in: 0..<20, using: &generator))),
            CBORPair("size", .unsigned(UInt64.random(in: 0..<300, using: &generator))),
            CBORPair("weight", .float(0.5 + Double.random(in: 0..<1, using: &generator))),
            CBORPair("data", .bytes([1, 2, 3])),
            CBORPair("scores", [1, 2, 3]),
            CBORPair("part", ["name": "p", "size": 1]),
            CBORPair("text", text()),
        ]
        // Mostly those alone that need no scan.
        let isFlat = !chance(3)
        var pairs = fields.filter { pair in
            if isFlat, ["data", "scores", "part"].contains(pair.key.textValue) { return false }
            return pair.key == "title" ? !chance(20) : !chance(4)
        }
        if pairs.isEmpty { return .map([]) }
        let index = Int.random(in: 0..<pairs.count, using: &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0: pairs.shuffle(using: &generator)
        case 1: pairs.swapAt(index, pairs.count - 1)
        case 2: pairs[index] = CBORPair(pairs[index].key, .null)
        case 3: pairs[index] = CBORPair(pairs[index].key, pairs[0].value)
        case 4: pairs.insert(CBORPair("unknown", ["a": [1, 2]]), at: index)
        case 5: pairs.append(pairs[index])
        case 6: pairs.append(CBORPair(7, "a number"))
        default: break
        }
        return .map(pairs)
    }

    @Test("a message is read or refused as one that is scanned first, with the same words")
    func mutations() {
        var generator = RandomTesting.generator("unscanned")
        let limits = [
            CBORLimits.standard, .standard, CBORLimits(depth: 1), CBORLimits(depth: 2),
            CBORLimits(itemCount: 9), CBORLimits(itemCount: 40),
        ]
        var (accepted, refused) = (0, 0)
        for round in 0..<(RandomTesting.isHeavy ? 200_000 : 6_000) {
            var bytes = Array(Self.map(using: &generator).encoded().readableBytesView)
            if round % 3 == 0 {
                for _ in 0...Int.random(in: 0..<2, using: &generator) {
                    FuzzTests.mutate(&bytes, using: &generator)
                }
            }
            let limits = limits[round / 3 % limits.count]
            let isRead = Self.agree(on: bytes, as: Note.self, limits: limits)
            _ = Self.agree(on: bytes, as: Stubborn.self, limits: limits)
            _ = Self.agree(on: bytes, as: Choosy.self, limits: limits)
            if isRead { accepted += 1 } else { refused += 1 }
        }
        print("\(accepted) accepted, \(refused) refused")
        #expect(accepted > 1_000 && refused > 1_000)
    }

    @Test("every input that is one byte off a message is read or refused alike")
    func neighbours() {
        let note = Note(
            id: UUID(), title: "é", level: .high, isFinal: true, at: Date(), labels: ["a", "b"],
            count: 300, size: 3, weight: 0.1, text: "the last"
        )
        guard let buffer = try? CBOREncoder().encode(note) else {
            Issue.record("a note is not written")
            return
        }
        let bytes = Array(buffer.readableBytesView)
        // The first time the keys are remembered, from then on they are compared.
        for _ in 0..<2 { #expect(Self.agree(on: bytes, as: Note.self)) }
        for index in bytes.indices {
            for byte in [0, 0x18, 0x5f, 0x61, 0x7f, 0x80, 0xa0, 0xa1, 0xc1, 0xf6, 0xff] as [UInt8] {
                var changed = bytes
                changed[index] = byte
                _ = Self.agree(on: changed, as: Note.self)
            }
            var changed = bytes
            changed[index] ^= 1
            _ = Self.agree(on: changed, as: Note.self)
            #expect(!Self.agree(on: Array(bytes[..<index]), as: Note.self))
            #expect(!Self.agree(on: bytes + bytes[index...], as: Note.self))
        }
    }

    /// Its keys are numbers, and read by their names as well.
    struct Numbered: Codable, Equatable {
        var first: Int?
        var second: String

        enum CodingKeys: Int, CodingKey { case first = 1, second = 2 }
    }

    @Test("a numbered key that comes by its name after a later one is found")
    func namedNumber() throws {
        let usual = Numbered(first: 5, second: "x")
        // {2: "x", "first": 5}
        let unusual = ByteBuffer(bytes: [0xa2, 0x02, 0x61, 0x78, 0x65] + Array("first".utf8) + [5])
        // From the first reading on the keys are remembered.
        for _ in 0..<2 {
            let bytes = try CBOREncoder().encode(usual)
            #expect(try CBORDecoder().decode(Numbered.self, from: bytes) == usual)
            #expect(try CBORDecoder().decode(Numbered.self, from: unusual) == usual)
        }
    }

    /// Counts how often it is read.
    struct Counted: Decodable {
        static let readings = Mutex(0)
        var first: Int?
        var second: Int?

        enum CodingKeys: CodingKey { case first, second }

        init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            first = try container.decodeIfPresent(Int.self, forKey: .first)
            second = try container.decodeIfPresent(Int.self, forKey: .second)
            Self.readings.withLock { $0 += 1 }
        }
    }

    @Test("a type is read before the scan, and again where a field turns up that seemed absent")
    func readings() throws {
        func readings(of value: CBORValue, and tail: [UInt8] = []) throws -> (Int, Counted?) {
            Counted.readings.withLock { $0 = 0 }
            let bytes = ByteBuffer(bytes: Array(value.encoded().readableBytesView) + tail)
            let counted: Counted?
            do {
                counted = try CBORDecoder().decode(Counted.self, from: bytes)
            } catch let error as CBORError {
                #expect(error.reason == .trailingBytes)
                counted = nil
            }
            return (Counted.readings.withLock { $0 }, counted)
        }
        // The keys are remembered from the first reading on.
        _ = try readings(of: ["first": 1, "second": 2])
        for (value, tail, expected) in [
            (["first": 1, "second": 2], [], 1), (["first": 1, "second": 2], [0], 1),
            (["second": 2], [], 1), (["second": 2, "first": 1], [], 2),
            (["second": 2, "first": 1], [0], 1), (["third": 2, "first": 1], [], 1),
        ] as [(CBORValue, [UInt8], Int)] {
            let (count, counted) = try readings(of: value, and: tail)
            #expect(count == expected, "\(value.diagnostic)")
            #expect((counted == nil) == !tail.isEmpty)
            guard let counted else { continue }
            #expect(counted.first == value["first"]?.integerValue)
            #expect(counted.second == value["second"]?.integerValue)
        }
    }
}

extension UnscannedInputTests.Note.Part {
    enum Keys: String, CodingKey { case name, size }
}
