import FoundationEssentials
import NIOCore
import Testing

@testable import Wire

/// The examples of RFC 8949 appendix A, from github.com/cbor/test-vectors, read from the folder
/// that `STEWARD_TEST_VECTORS` names.
@Suite("RFC 8949 appendix A")
struct AppendixATests {
    static let file = RandomTesting.environment["STEWARD_TEST_VECTORS"].map {
        $0 + "/cbor/appendix_a.json"
    }

    /// The examples that are refused, and why; all others are read.
    static let refused: [String: CBORError.Reason] = [
        "f7": .undefinedRefused,
        "f0": .unsupportedSimple(16),
        "f818": .unsupportedSimple(24),
        "f8ff": .unsupportedSimple(255),
        "5f42010243030405ff": .indefiniteLength,
        "7f657374726561646d696e67ff": .indefiniteLength,
        "9fff": .indefiniteLength,
        "9f018202039f0405ffff": .indefiniteLength,
        "9f01820203820405ff": .indefiniteLength,
        "83018202039f0405ff": .indefiniteLength,
        "83019f0203ff820405": .indefiniteLength,
        "9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff": .indefiniteLength,
        "bf61610161629f0203ffff": .indefiniteLength,
        "826161bf61626163ff": .indefiniteLength,
        "bf6346756ef563416d7421ff": .indefiniteLength,
    ]

    /// The floats of another width than the shortest, and the width that is written for them.
    static let shortened = [
        "fa7f800000": "f97c00", "fa7fc00000": "f97e00", "faff800000": "f9fc00",
        "fb7ff0000000000000": "f97c00", "fb7ff8000000000000": "f97e00",
        "fbfff0000000000000": "f9fc00",
    ]

    @Test(
        "each example is read as the value it stands for and written back, or refused for its reason",
        .enabled(if: file != nil, "STEWARD_TEST_VECTORS names no folder: appendix A isn't tested")
    )
    func examples() throws {
        let data = try Data(contentsOf: URL(filePath: try #require(Self.file)))
        let vectors = try #require(try CBORValue(json: Self.shrinkingBignums(data)).arrayValue)
        var refusals = 0
        var values = 0
        for vector in vectors {
            let hex = try #require(vector["hex"]?.textValue)
            let input = ByteBuffer(bytes: try bytes(hex: hex))
            if let reason = Self.refused[hex] {
                let error = #expect(throws: CBORError.self) { try CBORValue(decoding: input) }
                #expect(error?.reason == reason, "\(hex)")
                refusals += 1
                continue
            }
            let value = try CBORValue(decoding: input)
            let written = HexText.lowercase(value.encoded(deterministic: true).readableBytesView)
            #expect(written == Self.shortened[hex] ?? hex)
            #expect(vector["roundtrip"] == .bool(written == hex), "\(hex)")
            if let diagnostic = vector["diagnostic"]?.textValue {
                #expect(value.diagnostic == diagnostic, "\(hex)")
            } else {
                let expected = try #require(vector["decoded"])
                #expect(Self.isSame(value, expected), "\(hex): \(value.diagnostic)")
            }
            values += 1
        }
        #expect(refusals == 15)
        #expect(values == 67)
    }

    /// Puts the two numbers beyond 64 bits in quotes, since JSON numbers are read within them.
    private static func shrinkingBignums(_ data: Data) -> String {
        String(decoding: data, as: UTF8.self)
            .replacing(": 18446744073709551616", with: ": \"18446744073709551616\"")
            .replacing(": -18446744073709551617", with: ": \"-18446744073709551617\"")
    }

    private static func isSame(_ value: CBORValue, _ json: CBORValue) -> Bool {
        switch (value, json) {
        case (.tagged, .text(let digits)): value.json() == digits
        case (.array(let one), .array(let other)):
            one.count == other.count && zip(one, other).allSatisfy(isSame)
        case (.map(let one), .map(let other)):
            one.count == other.count
                && zip(one, other).allSatisfy {
                    isSame($0.key, $1.key) && isSame($0.value, $1.value)
                }
        case (.float(let one), _): one == json.doubleValue
        default: value == json
        }
    }
}
