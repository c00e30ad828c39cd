import NIOCore
import Testing

@testable import Wire

@Suite("What the decoder refuses")
struct RefusalTests {
    @Test(
        "bytes that are not well-formed, or not of our profile",
        arguments: [
            ("", .truncated), ("18", .truncated), ("19ff", .truncated), ("1affffff", .truncated),
            ("1bffffffffffffff", .truncated), ("61", .truncated), ("42ff", .truncated),
            ("81", .truncated), ("a1", .truncated), ("a101", .truncated), ("c1", .truncated),
            ("f9", .truncated), ("fa0000", .truncated), ("fb00", .truncated), ("f8", .truncated),
            ("1c", .reservedEncoding), ("5d", .reservedEncoding), ("9e", .reservedEncoding),
            ("fc", .reservedEncoding), ("1f", .indefiniteLength), ("3f", .indefiniteLength),
            ("df", .indefiniteLength), ("ff", .indefiniteLength), ("81ff", .indefiniteLength),
            ("0000", .trailingBytes), ("8000", .trailingBytes),
            ("e0", .unsupportedSimple(0)), ("f3", .unsupportedSimple(19)),
            ("f814", .unsupportedSimple(20)), ("f7", .undefinedRefused),
            ("61ff", .invalidUTF8), ("62c080", .invalidUTF8), ("63eda080", .invalidUTF8),
            ("64f4908080", .invalidUTF8), ("61c3", .invalidUTF8),
            ("6a6161616161616161c328", .invalidUTF8),
        ] as [(String, CBORError.Reason)]
    )
    func malformed(hex: String, reason: CBORError.Reason) throws {
        #expect(try refusal(of: hex)?.reason == reason)
    }

    @Test(
        "a declared length or count beyond the bytes that are there",
        arguments: [
            "5b7fffffffffffffff", "7bffffffffffffffff", "9b7fffffffffffffff00",
            "9bffffffffffffffff", "bb7fffffffffffffff0000", "bbffffffffffffffff",
            "9affffffff", "baffffffff0000", "8200", "a200", "830101", "4401", "6461",
        ]
    )
    func bombs(hex: String) throws {
        #expect(try refusal(of: hex)?.reason == .truncated)
    }

    @Test("nesting up to the limit is read, one more is refused", arguments: [0, 1, 5, 32])
    func depth(limit: Int) throws {
        let limits = CBORLimits(depth: limit)
        for wrapper in ["81", "c6", "a100"] {
            let atLimit = String(repeating: wrapper, count: limit) + "00"
            #expect(try refusal(of: atLimit, limits: limits) == nil)
            #expect(try refusal(of: wrapper + atLimit, limits: limits)?.reason == .depthExceeded)
            if limit > 0 {
                #expect(
                    try refusal(of: String(atLimit.dropFirst(wrapper.count)), limits: limits) == nil
                )
            }
        }
        let empty = String(repeating: "81", count: limit) + "80"
        #expect(try refusal(of: empty, limits: limits)?.reason == .depthExceeded)
        #expect(CBORLimits.standard.depth == 32)
    }

    @Test("items up to the limit are read, one more is refused", arguments: [2, 3, 24, 65_536])
    func items(limit: Int) throws {
        let limits = CBORLimits(itemCount: limit)
        for count in [limit - 1, limit, limit + 1] {
            // The array counts as an item itself.
            let head = String(UInt32(count - 1), radix: 16)
            let array =
                "9a" + String(repeating: "0", count: 8 - head.count) + head
                + String(repeating: "00", count: count - 1)
            #expect(
                (try refusal(of: array, limits: limits)?.reason == .tooManyItems) == (count > limit)
            )
            var tags = String(repeating: "c6", count: min(count - 1, 31)) + "00"
            if count > 32 { tags = array }
            #expect(
                (try refusal(of: tags, limits: limits)?.reason == .tooManyItems) == (count > limit)
            )
        }
        #expect(CBORLimits.standard.itemCount == 65_536)
    }

    @Test(
        "a key that occurs twice, also in another encoding",
        arguments: [
            "a2616101616102", "a201000100", "a20100180100", "a2200038000000",
            "a30100020001 00", "a26161017801610 2", "a2f93c0000fa3f80000000", "a2f9000000f9000001",
            "a2f97e0000fa7fc0000000", "a2810100810100", "a281010081180100", "a2c10100c1180100",
            "a2a1010000a1010001", "a2a201000200 00 a2010002000 1",
            "a26178a201000100617900",
        ].map { $0.replacing(" ", with: "") }
    )
    func duplicateKeys(hex: String) throws {
        #expect(try refusal(of: hex)?.reason == .duplicateKey)
    }

    @Test(
        "keys that differ are no duplicates: number and text, whole and float, both zeros",
        arguments: [
            "a20100613100", "a20100f93c0000", "a2f9000000f9800000", "a262c3a90063 65cc8100",
            "a2810100820102 00", "a2410000610000",
        ]
        .map { $0.replacing(" ", with: "") }
    )
    func differentKeys(hex: String) throws {
        #expect(try refusal(of: hex) == nil)
    }

    @Test(
        "a duplicate is found among any number of keys, in any order",
        arguments: [2, 24, 25, 26, 400]
    )
    func manyKeys(count: Int) throws {
        var generator = RandomTesting.generator("many keys")
        for isSorted in [false, true] {
            var keys = (0..<count).map { CBORValue.text("the-same-beginning-\($0)") }
            if isSorted {
                keys.sort { $0.textValue! < $1.textValue! }
            } else {
                keys.shuffle(using: &generator)
            }
            let unique = CBORValue.map(keys.map { CBORPair($0, 0) })
            #expect(try CBORValue(decoding: unique.encoded()) == unique)
            keys[count - 1] = keys[Int.random(in: 0..<count - 1, using: &generator)]
            let twice = CBORValue.map(keys.map { CBORPair($0, 0) }).encoded(deterministic: isSorted)
            let error = #expect(throws: CBORError.self) { try CBORValue(decoding: twice) }
            #expect(error?.reason == .duplicateKey)
            #expect(error?.path == keys[count - 1].textValue)
        }
    }

    @Test("a map within a key must be deterministic, elsewhere it need not")
    func nestedKeys() throws {
        // {{1: 0, 2: 0}: 0, 1: 0} with the inner 1 as 1801.
        #expect(
            try refusal(of: "a2a218010002000001 00".replacing(" ", with: ""))?.reason
                == .nondeterministicKey
        )
        #expect(try refusal(of: "a2a2010002000001 00".replacing(" ", with: "")) == nil)
        #expect(try refusal(of: "a201a218010002000200") == nil)
    }

    @Test("unsorted maps, longer integers, lengths and floats of other writers are read")
    func lenient() throws {
        struct Fields: Codable, Equatable { var a: Int, b: String, c: Double }
        // c, b, a: the map's head, a key's head and an integer longer than need be, a float64.
        let hex =
            "b803" + "6163" + "fb3ff8000000000000" + "780162" + "780378797a"
            + "6161" + "1b0000000000000007"
        let read = try CodableRoundTripTests.decode(Fields.self, hex: hex)
        #expect(read == Fields(a: 7, b: "xyz", c: 1.5))
    }
}
