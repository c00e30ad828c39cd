import FoundationEssentials
import NIOCore
import Testing

@testable import Wire

@Suite("The wire form of each type")
struct CodableTypeTests {
    typealias Trip = CodableRoundTripTests

    @Test("integers at the edges of each encoding and type")
    func integers() throws {
        let forms: [(Int64, String)] = [
            (0, "00"), (23, "17"), (24, "1818"), (255, "18ff"), (256, "190100"),
            (65_535, "19ffff"), (65_536, "1a00010000"), (4_294_967_295, "1affffffff"),
            (4_294_967_296, "1b0000000100000000"), (.max, "1b7fffffffffffffff"),
            (-1, "20"), (-24, "37"), (-25, "3818"), (-256, "38ff"), (-257, "390100"),
            (-65_536, "39ffff"), (-65_537, "3a00010000"), (.min, "3b7fffffffffffffff"),
        ]
        for (number, hex) in forms {
            #expect(try Trip.hex(number) == hex)
            #expect(try Trip.decode(Int64.self, hex: hex) == number)
        }
        #expect(try Trip.hex(UInt64.max) == "1bffffffffffffffff")
        #expect(try Trip.decode(UInt64.self, hex: "1bffffffffffffffff") == .max)
        #expect(try Trip.decode(UInt64.self, hex: "1b8000000000000000") == 1 << 63)
        for hex in [
            "1b8000000000000000", "1bffffffffffffffff", "3b8000000000000000", "3bffffffffffffffff",
        ] {
            #expect(try refusal(of: hex, as: Int64.self)?.reason == .integerOutOfRange)
            #expect(try refusal(of: hex, as: Int.self)?.reason == .integerOutOfRange)
        }
        #expect(try refusal(of: "20", as: UInt64.self)?.reason == .integerOutOfRange)
        #expect(try refusal(of: "3bffffffffffffffff", as: UInt8.self)?.reason == .integerOutOfRange)
    }

    struct Field<T: Codable & Equatable>: Codable, Equatable { var value: T, list: [T], maybe: T? }

    func edges<T: FixedWidthInteger & Codable>(_ type: T.Type) throws {
        for number in [T.min, T.max, 0, 1, T.max / 2] {
            #expect(try Trip.roundTrip(number) == number)
            let field = Field(value: number, list: [number], maybe: number)
            #expect(try Trip.roundTrip(field) == field)
        }
        guard T.bitWidth < 64 else { return }
        let above = try Trip.hex(Int64(T.max) + 1)
        let below = try Trip.hex(Int64(T.min) - 1)
        #expect(try refusal(of: above, as: type)?.reason == .integerOutOfRange)
        #expect(try refusal(of: below, as: type)?.reason == .integerOutOfRange)
        #expect(try refusal(of: "a1" + "6576616c7565" + above, as: Field<T>.self)?.path == "value")
    }

    @Test("every integer type holds its range and nothing beyond")
    func integerTypes() throws {
        try edges(Int.self)
        try edges(Int8.self)
        try edges(Int16.self)
        try edges(Int32.self)
        try edges(Int64.self)
        try edges(UInt.self)
        try edges(UInt8.self)
        try edges(UInt16.self)
        try edges(UInt32.self)
        try edges(UInt64.self)
    }

    @Test("floats are written in the shortest exact width and read from any")
    func floats() throws {
        let forms: [(Double, String)] = [
            (0, "f90000"), (-0.0, "f98000"), (1, "f93c00"), (1.1, "fb3ff199999999999a"),
            (65_504, "f97bff"), (65_505, "fa477fe100"), (100_000, "fa47c35000"),
            (0x1p-24, "f90001"), (0x1p-25, "fa33000000"), (.infinity, "f97c00"),
            (-.infinity, "f9fc00"), (.nan, "f97e00"), (3.4028234663852886e+38, "fa7f7fffff"),
            (0x1p-149, "fa00000001"), (0x1p-150, "fb3690000000000000"),
        ]
        for (number, hex) in forms {
            #expect(try Trip.hex(number) == hex)
            #expect(
                try Trip.decode(Double.self, hex: hex).bitPattern == number.bitPattern
                    || number.isNaN
            )
        }
        #expect(try Trip.hex(Float(0.1)) == "fa3dcccccd")
        #expect(try Trip.decode(Double.self, hex: "fb3ff8000000000000") == 1.5)
        #expect(try Trip.decode(Float.self, hex: "fb3ff8000000000000") == 1.5)
        #expect(try refusal(of: "fb3ff199999999999a", as: Float.self)?.reason == .integerOutOfRange)
        #expect(try Trip.decode(Double.self, hex: "1b0020000000000000") == 0x1p53)
        #expect(
            try refusal(of: "1b0020000000000001", as: Double.self)?.reason == .integerOutOfRange
        )
        #expect(try Trip.decode(Double.self, hex: "3bffffffffffffffff") == -0x1p64)
        #expect(try refusal(of: "1a01000001", as: Float.self)?.reason == .integerOutOfRange)
    }

    @Test("a date is tag 1: whole seconds an integer, else whole microseconds")
    func dates() throws {
        func hex(_ seconds: Double) throws -> String {
            try Trip.hex(Date(timeIntervalSince1970: seconds))
        }
        #expect(try hex(1_363_896_240) == "c11a514b67b0")
        #expect(try hex(1_363_896_240.5) == "c1fb41d452d9ec200000")
        #expect(try hex(0) == "c100")
        #expect(try hex(-1) == "c120")
        #expect(try hex(-0.5) == "c1f9b800")
        #expect(try hex(0.000_000_4) == "c100")
        #expect(try hex(1_700_000_000.000_000_1) == "c11a6553f100")
        for date in [
            Date.distantPast, .distantFuture, Date(timeIntervalSince1970: 1e300),
            Date(timeIntervalSince1970: 1e13 + 0.5),
        ] {
            #expect(try Trip.roundTrip(date) == date)
        }
        for hex in ["c1f97e00", "c1f97c00", "c1fbfff0000000000000"] {
            #expect(throws: CBORError.self) { try Trip.decode(Date.self, hex: hex) }
        }
        #expect(
            try refusal(of: "00", as: Date.self)?.reason
                == .typeMismatch(expected: "tag 1", found: "an integer")
        )
        #expect(throws: CBORError.self) { try hex(.nan) }
        #expect(throws: CBORError.self) { try hex(.infinity) }
    }

    @Test("a date that was sent once is sent again with the same bytes")
    func datesAreStable() throws {
        var generator = RandomTesting.generator("dates")
        for _ in 0..<20_000 {
            let range = Int64(-62_135_596_800_000_000)...253_402_300_799_999_999
            let microseconds = Int64.random(in: range, using: &generator)
            let date = Date(timeIntervalSince1970: Double(microseconds) / 1e6)
            let bytes = try CBOREncoder().encode(date)
            let read = try CBORDecoder().decode(Date.self, from: bytes)
            let step = max(0.000_001, date.timeIntervalSince1970.ulp)
            guard try CBOREncoder().encode(read) == bytes, abs(read.timeIntervalSince(date)) <= step
            else {
                Issue.record("\(microseconds)")
                return
            }
        }
    }

    @Test("between 1732 and 2207 the wire keeps every microsecond")
    func microsecondsAreKept() throws {
        var generator = RandomTesting.generator("microseconds")
        for _ in 0..<20_000 {
            let range = Int64(-7_499_999_999_999_999)...7_499_999_999_999_999
            let microseconds = Int64.random(in: range, using: &generator)
            let sent = CBORValue.tagged(1, .float(Double(microseconds) / 1e6)).encoded()
            let date = try CBORDecoder().decode(Date.self, from: sent)
            let again = try CBORDecoder().decode(
                CBORValue.self,
                from: try CBOREncoder().encode(date)
            )
            guard case .tagged(1, let number) = again,
                number.doubleValue == Double(microseconds) / 1e6
            else {
                Issue.record("\(microseconds)")
                return
            }
        }
    }

    @Test("a UUID is tag 37 with 16 bytes")
    func uuids() throws {
        let id = try #require(UUID(uuidString: "00112233-4455-6677-8899-AABBCCDDEEFF"))
        #expect(try Trip.hex(id) == "d8255000112233445566778899aabbccddeeff")
        #expect(try Trip.roundTrip([id]) == [id])
        #expect(throws: CBORError.self) {
            try Trip.decode(UUID.self, hex: "d8254f" + String(repeating: "00", count: 15))
        }
        #expect(throws: CBORError.self) {
            try Trip.decode(UUID.self, hex: "50" + String(repeating: "00", count: 16))
        }
    }

    @Test("bytes are byte strings in all three types, and a slice of the input as ByteBuffer")
    func byteStrings() throws {
        let plain: [UInt8] = [1, 2, 255]
        #expect(try Trip.hex(plain) == "430102ff")
        #expect(try Trip.hex(Data(plain)) == "430102ff")
        #expect(try Trip.hex(ByteBuffer(bytes: plain)) == "430102ff")
        #expect(try Trip.roundTrip(plain) == plain)
        #expect(try Trip.roundTrip(Data(plain)) == Data(plain))
        struct Holder: Codable, Equatable { var before: [Int], body: ByteBuffer, after: Int }
        let holder = Holder(before: [1, 2, 3], body: ByteBuffer(bytes: plain), after: 1)
        #expect(try Trip.roundTrip(holder) == holder)
        var shifted = ByteBuffer(string: "xyz")
        try CBOREncoder().encode(holder, into: &shifted)
        shifted.moveReaderIndex(forwardBy: 3)
        #expect(try CBORDecoder().decode(Holder.self, from: shifted) == holder)
        #expect(throws: CBORError.self) { try Trip.decode([UInt8].self, hex: "83010203") }
    }

    @Test("a decimal is tag 4 without trailing zeros, a bignum only beyond 64 bits")
    func decimals() throws {
        let forms: [(String, String)] = [
            ("0", "c4820000"), ("1", "c4820001"), ("273.15", "c48221196ab3"), ("-0.5", "c4822024"),
            ("1500", "c482020f"), ("18446744073709551615", "c482001bffffffffffffffff"),
            ("18446744073709551616", "c48200c249010000000000000000"),
            ("-18446744073709551616", "c482003bffffffffffffffff"),
            ("-18446744073709551617", "c48200c349010000000000000000"),
        ]
        for (text, hex) in forms {
            let decimal = try #require(Decimal(string: text))
            #expect(try Trip.hex(decimal) == hex)
            #expect(try Trip.decode(Decimal.self, hex: hex) == decimal)
        }
        let widest = try #require(Decimal(string: "340282366920938463463374607431768211455"))
        #expect(try Trip.roundTrip(widest) == widest)
        #expect(try Trip.roundTrip(Decimal.greatestFiniteMagnitude) == .greatestFiniteMagnitude)
        #expect(try Trip.roundTrip(Decimal.leastNonzeroMagnitude) == .leastNonzeroMagnitude)
        #expect(throws: CBORError.self) { try Trip.hex(Decimal.nan) }
        #expect(try refusal(of: "c482187f01", as: Decimal.self) == nil)
        #expect(try refusal(of: "c482387f01", as: Decimal.self) == nil)
        let refused = [
            "c482188001", "c482388001",
            "c48219040001", "c48239040001", "c4821b7fffffffffffffff01", "c48100", "c482006161",
            "c48200c2510100000000000000000000000000000000",
            "c48200c350ffffffffffffffffffffffffffffffff", "c482f90000f90000", "01",
        ]
        for hex in refused {
            #expect(try refusal(of: hex, as: Decimal.self) != nil, "\(hex)")
        }
    }

    @Test("dictionaries are maps, whatever their keys; sets are sorted arrays")
    func collections() throws {
        #expect(try Trip.hex(["1": 2]) == "a1613102")
        #expect(try Trip.hex([1: 2]) == "a10102")
        #expect(try Trip.hex(["a": nil] as [String: Int?]) == "a16161f6")
        #expect(try Trip.roundTrip(["a": nil, "b": 1] as [String: Int?]) == ["a": nil, "b": 1])
        let id = UUID()
        #expect(try Trip.hex([id: 1]).hasPrefix("a1d82550"))
        #expect(try Trip.roundTrip([id: [1.5, 2], UUID(): []]).count == 2)
        #expect(try Trip.roundTrip([1.5: "a", 2: "b"]) == [1.5: "a", 2: "b"])
        #expect(try Trip.roundTrip([UInt64.max: 1]) == [.max: 1])
        #expect(try Trip.hex([UInt64.max: 1]) == "a11bffffffffffffffff01")
        #expect(try Trip.roundTrip(["007": 1, "7": 2]) == ["007": 1, "7": 2])
        #expect(try Trip.decode([Int: Int].self, hex: "a1613702") == [7: 2])
        #expect(throws: CBORError.self) {
            try Trip.decode([Int: Int].self, hex: "a2613702" + "0703")
        }
        #expect(throws: CBORError.self) { try Trip.decode([UUID: Int].self, hex: "80") }
        #expect(throws: CBORError.self) { try Trip.decode([Int].self, hex: "a0") }
        #expect(try Trip.hex(Set(["b", "a", "aa"])) == "8361616162626161")
        #expect(try Trip.roundTrip(Set([3, 1, 2])) == [1, 2, 3])
        #expect(
            try Trip.hex(Array(repeating: Int32(0), count: 24)) == "9818"
                + String(repeating: "00", count: 24)
        )
        for count in [23, 24, 255, 256, 65_000] {
            let list = (0..<count).map { Int16(truncatingIfNeeded: $0) }
            #expect(try Trip.roundTrip(list) == list)
            let named = Dictionary(
                uniqueKeysWithValues: (0..<min(count, 5000)).map { ("k\($0)", [$0: $0]) }
            )
            #expect(try Trip.roundTrip(named, deterministic: true) == named)
            #expect(try Trip.roundTrip(named) == named)
        }
        #expect(try Trip.roundTrip([[nil, 1], nil] as [[Int?]?]) == [[nil, 1], nil])
    }

    @Test("lists of the types that are written at once keep their form")
    func fastLists() throws {
        #expect(try Trip.hex(["a", "b"]) == "8261616162")
        #expect(try Trip.roundTrip(["a", "", "水"]) == ["a", "", "水"])
        #expect(try Trip.roundTrip([1, -1, .max]) == [1, -1, .max])
        #expect(try Trip.roundTrip([1.5, -0.1]) == [1.5, -0.1])
        #expect(try Trip.roundTrip([Float(0.1)]) == [0.1])
        #expect(try refusal(of: "820120", as: [UInt].self)?.path == "[1]")
        #expect(try refusal(of: "8201f5", as: [Int].self)?.path == "[1]")
    }

    @Test("an enum without payload is its string, one with payload a map of one key")
    func enums() throws {
        #expect(try Trip.hex(Trip.Role.user) == "6475736572")
        #expect(try Trip.hex(Trip.Part.rule) == "a16472756c65a0")
        #expect(
            try Trip.hex(Trip.Part.image(url: "a", width: nil)) == "a165696d616765a16375726c6161"
        )
    }

    @Test("integer coding keys are integers on the wire, and names are read as well")
    func integerKeys() throws {
        struct Open: Codable, Equatable {
            var method: String
            var attempt: Int?
            enum CodingKeys: Int, CodingKey { case method = 1, attempt = 4 }
        }
        let open = Open(method: "m", attempt: 2)
        #expect(try Trip.hex(open) == "a201616d0402")
        #expect(try Trip.roundTrip(open) == open)
        #expect(
            try Trip.decode(Open.self, hex: "a1666d6574686f64616d")
                == Open(method: "m", attempt: nil)
        )
    }

    @Test("fields are found in any order, among unknown ones, and asked for twice")
    func anyOrder() throws {
        struct Twice: Decodable, Equatable {
            var first: Int, second: [Int], third: String?
            enum CodingKeys: CodingKey { case first, second, third }
            init(from decoder: any Decoder) throws {
                let container = try decoder.container(keyedBy: CodingKeys.self)
                third = try container.decodeIfPresent(String.self, forKey: .third)
                _ = container.contains(.first) && container.contains(.third)
                second = try container.decode([Int].self, forKey: .second)
                first = try container.decode(Int.self, forKey: .first)
                second += try container.decode([Int].self, forKey: .second)
            }
        }
        let value: CBORValue = [
            "x": [1, [2, ["y": 3]]], "second": [7, 8], "first": 5,
            "z": .tagged(9, [.tagged(8, [])]),
        ]
        let read = try CBORDecoder().decode(Twice.self, from: value.encoded())
        #expect(read.first == 5 && read.second == [7, 8, 7, 8] && read.third == nil)
    }

    class Animal: Codable {
        var name = "a"
    }

    class Dog: Animal {
        var age = 3
        enum CodingKeys: CodingKey { case age }
        override init() { super.init() }
        required init(from decoder: any Decoder) throws {
            let container = try decoder.container(keyedBy: CodingKeys.self)
            age = try container.decode(Int.self, forKey: .age)
            try super.init(from: try container.superDecoder())
        }
        override func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try super.encode(to: container.superEncoder())
            try container.encode(age, forKey: .age)
        }
    }

    @Test("a nil of a generic type is left out of a type's fields, and null in an array")
    func genericNil() throws {
        let field = Field<Int?>(value: nil, list: [nil, 1], maybe: nil)
        for isDeterministic in [false, true] {
            #expect(try Trip.hex(field, deterministic: isDeterministic) == "a1646c69737482f601")
            #expect(try Trip.roundTrip(field, deterministic: isDeterministic) == field)
        }
        let present = Field<Int?>(value: 2, list: [], maybe: .some(3))
        #expect(try Trip.roundTrip(present, deterministic: true) == present)
    }

    @Test("a superclass is written and read in a field of its own")
    func inheritance() throws {
        #expect(try Trip.hex(Dog()) == "a2657375706572a1646e616d656161" + "6361676503")
        let dog = try CBORDecoder().decode(Dog.self, from: try CBOREncoder().encode(Dog()))
        #expect(dog.age == 3 && dog.name == "a")
    }
}
