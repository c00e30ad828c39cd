import FoundationEssentials
import NIOCore
import Testing

@testable import Wire

extension InputScan {
    fileprivate mutating func run(_ bytes: [UInt8], limits: CBORLimits) throws(CBORError) {
        let refusal = bytes.withUnsafeBytes { bytes -> CBORError? in
            do throws(CBORError) {
                try run(bytes, limits: limits)
                return nil
            } catch {
                return error
            }
        }
        if let refusal { throw refusal }
    }
}

@Suite("The quick ways and the careful ones come to the same")
struct FastPathTests {
    enum Level: String, Codable, CaseIterable {
        case low, middle, high
        case long = "a level whose name is longer than what is remembered"
    }

    struct Report: Codable, Equatable {
        var id: UUID
        var parent: UUID?
        var author: String
        var level: Level
        var levels: [Level]
        var text: String?
        var at: Date
        var seen: Date?
        var labels: [String]
        var count: Int?
        var isFinal: Bool
        var replies: [Report]?
    }

    private static func report(using generator: inout SeededGenerator, depth: Int = 0) -> Report {
        func text() -> String {
            let length = [0, 1, 7, 8, 15, 16, 23, 24, 100, 255, 256, 700]
                .randomElement(using: &generator)!
            let unit = ["a", "z", "é", "水"].randomElement(using: &generator)!
            return String(repeating: unit, count: length)
        }
        func date() -> Date {
            let seconds = Double(Int.random(in: -1_000_000...1_000_000, using: &generator))
            let isWhole = Bool.random(using: &generator)
            return Date(timeIntervalSinceReferenceDate: isWhole ? seconds : seconds + 0.25)
        }
        func maybe<Value>(_ value: @autoclosure () -> Value) -> Value? {
            Bool.random(using: &generator) ? value() : nil
        }
        func list<Value>(_ value: () -> Value) -> [Value] {
            let count = [0, 1, 2, 3, 4, 5, 23, 24].randomElement(using: &generator)!
            return (0..<count).map { _ in value() }
        }
        return Report(
            id: UUID(),
            parent: maybe(UUID()),
            author: text(),
            level: Level.allCases.randomElement(using: &generator)!,
            levels: list { Level.allCases.randomElement(using: &generator)! },
            text: maybe(text()),
            at: date(),
            seen: maybe(date()),
            labels: list(text),
            count: maybe(Int.random(in: -70_000...70_000, using: &generator)),
            isFinal: Bool.random(using: &generator),
            replies: depth < 2
                ? maybe((0..<2).map { _ in report(using: &generator, depth: depth + 1) }) : nil
        )
    }

    /// What a scan says of an input: its containers, or why it is refused.
    private static func scan(
        _ bytes: [UInt8],
        _ limits: CBORLimits,
        takesShortItems: Bool
    ) -> Result<[UInt32], CBORError> {
        var scan = InputScan()
        scan.takesShortItems = takesShortItems
        do throws(CBORError) {
            try scan.run(bytes, limits: limits)
        } catch {
            return .failure(error)
        }
        return .success(
            scan.containers.elements.flatMap { entry in
                [
                    entry.first, entry.end, entry.next, entry.count, entry.isMap ? 1 : 0,
                    entry.hasIrregularKey ? 1 : 0, entry.cursor.offset, entry.cursor.container,
                ]
            }
        )
    }

    @Test("a scan item by item accepts the same and refuses the same, with the same words")
    func scans() throws {
        var generator = RandomTesting.generator("scans")
        var input = DeterministicInput(generator: generator)
        let limits = [
            CBORLimits.standard, CBORLimits(depth: 3, itemCount: 40), CBORLimits(depth: 1),
            CBORLimits(itemCount: 9),
        ]
        var (accepted, refused) = (0, 0)
        for round in 0..<(RandomTesting.isHeavy ? 500_000 : 10_000) {
            var bytes =
                round.isMultiple(of: 2)
                ? input.item()
                : Array(
                    try CBOREncoder().encode(Self.report(using: &generator)).readableBytesView)
            for _ in 0..<Int.random(in: 0..<3, using: &generator) {
                FuzzTests.mutate(&bytes, using: &generator)
            }
            let limits = limits[round % limits.count]
            let quick = Self.scan(bytes, limits, takesShortItems: true)
            let careful = Self.scan(bytes, limits, takesShortItems: false)
            guard quick == careful else {
                Issue.record("\(HexText.lowercase(bytes)): \(quick), but carefully \(careful)")
                return
            }
            if case .success = quick { accepted += 1 } else { refused += 1 }
        }
        #expect(accepted > 100 && refused > 100)
    }

    /// What comes of an input: the value, or why it is refused.
    private static func outcome(
        of bytes: [UInt8],
        unknownFields: CBORDecoder.UnknownFields
    ) -> Result<Report, CBORError> {
        do {
            let decoder = CBORDecoder(unknownFields: unknownFields)
            return .success(try decoder.decode(Report.self, from: ByteBuffer(bytes: bytes)))
        } catch {
            return .failure(error as? CBORError ?? CBORError(reason: .invalidValue("\(error)")))
        }
    }

    @Test("fields read in one go are those that are looked for one by one")
    func fields() throws {
        var generator = RandomTesting.generator("fields")
        var (accepted, refused) = (0, 0)
        for round in 0..<(RandomTesting.isHeavy ? 200_000 : 5_000) {
            let report = Self.report(using: &generator)
            var bytes = Array(try CBOREncoder().encode(report).readableBytesView)
            if round.isMultiple(of: 2) { FuzzTests.mutate(&bytes, using: &generator) }
            // Where unknown fields are refused, every field goes the long way.
            let quick = Self.outcome(of: bytes, unknownFields: .ignore)
            let careful = Self.outcome(of: bytes, unknownFields: .reject)
            if case .failure(let error) = careful, error.reason == .unknownField { continue }
            guard quick == careful else {
                Issue.record("\(HexText.lowercase(bytes)): \(quick), but carefully \(careful)")
                return
            }
            if case .success(let read) = quick {
                accepted += 1
                if !round.isMultiple(of: 2) { #expect(read == report) }
            } else {
                refused += 1
            }
        }
        #expect(accepted > 100 && refused > 100)
    }

    @Test("an enum's texts are read and written the first time as every other time")
    func texts() throws {
        enum Fresh: String, Codable, CaseIterable { case one, two, three, four, five }
        struct Holder<Value: Codable & Equatable>: Codable, Equatable {
            var value: Value
            var rest = "room for the longest text that is remembered"
        }
        for _ in 0..<3 {
            for fresh in Fresh.allCases {
                let bytes = try CBOREncoder().encode(Holder(value: fresh))
                #expect(try CBORDecoder().decode(Holder<Fresh>.self, from: bytes).value == fresh)
                let text = try CBORDecoder().decode(Holder<String>.self, from: bytes)
                #expect(text == Holder(value: fresh.rawValue))
            }
            for text in ["", "on", "ones", "three ", "ONE", String(repeating: "o", count: 300)] {
                let bytes = try CBOREncoder().encode(Holder(value: text))
                #expect(throws: CBORError.self) {
                    try CBORDecoder().decode(Holder<Fresh>.self, from: bytes)
                }
            }
        }
    }

    /// An enum that reads what it doesn't know as one of its cases, and writes something else than
    /// its raw value for another.
    enum Open: String, Codable {
        case known, unknown, written

        init(from decoder: any Decoder) throws {
            let text = try decoder.singleValueContainer().decode(String.self)
            self = Open(rawValue: text.lowercased()) ?? .unknown
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(self == .written ? "otherwise" : rawValue)
        }
    }

    @Test("an enum with rules of its own keeps them")
    func ownRules() throws {
        for _ in 0..<3 {
            for (text, expected) in [
                ("known", Open.known), ("KNOWN", .known), ("new", .unknown), ("unknown", .unknown),
                ("newer than this", .unknown), ("written", .written),
            ] {
                let bytes = try CBOREncoder().encode([text, "and room for the longest text"])
                #expect(try CBORDecoder().decode([Open].self, from: bytes)[0] == expected)
            }
            let written = try CBOREncoder().encode([Open.known, .unknown, .written])
            #expect(
                try CBORDecoder().decode([String].self, from: written)
                    == ["known", "unknown", "otherwise"]
            )
        }
    }

    @Test("an absent Boolean or enum is left out, whatever was remembered of its type")
    func absent() throws {
        struct Maybe: Codable, Equatable {
            var flag: Bool?
            var level: Level?

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: CodingKeys.self)
                try container.encode(flag, forKey: .flag)
                try container.encode(level, forKey: .level)
            }
        }
        for maybe in [Maybe(flag: true, level: .low), Maybe(), Maybe(flag: false), Maybe()] {
            let bytes = try CBOREncoder().encode(maybe)
            #expect(try CBORDecoder().decode(Maybe.self, from: bytes) == maybe)
            let count = (maybe.flag == nil ? 0 : 1) + (maybe.level == nil ? 0 : 1)
            #expect(try CBORValue(decoding: bytes).mapValue?.count == count)
        }
    }
}
