import NIOCore
import Testing

@testable import Wire

@Suite("Dynamic values")
struct DeterminismTests {
    @Test("a deterministic input is written back byte for byte")
    func randomInputs() throws {
        var input = DeterministicInput(generator: RandomTesting.generator("deterministic inputs"))
        let count = RandomTesting.isHeavy ? 1_000_000 : 20_000
        let limits = CBORLimits(depth: 32, itemCount: 1 << 20)
        var byteCount = 0
        for _ in 0..<count {
            let bytes = input.item()
            byteCount += bytes.count
            let value = try CBORValue(decoding: ByteBuffer(bytes: bytes), limits: limits)
            guard Array(value.encoded(deterministic: true).readableBytesView) == bytes,
                Array(value.encoded().readableBytesView) == bytes
            else {
                Issue.record("changed: \(HexText.lowercase(bytes))")
                return
            }
        }
        print("\(count) inputs, \(byteCount) bytes")
        #expect(byteCount > count)
    }

    @Test("keys are sorted by their encoded bytes (RFC 8949 section 4.2.1)")
    func keyOrder() throws {
        let keys: [CBORValue] = [false, [-1], [100], "aa", "z", -1, 100, 10]
        let value = CBORValue.map(keys.map { CBORPair($0, .null) })
        let sorted = try CBORValue(decoding: value.encoded(deterministic: true))
        #expect(
            sorted.diagnostic
                == #"{10: null, 100: null, -1: null, "z": null, "aa": null, [100]: null, [-1]: null, false: null}"#
        )
        #expect(try CBORValue(decoding: value.encoded()) == value)
    }

    @Test("text is equal by its bytes, not by canonical equivalence")
    func textEquality() {
        #expect("é" == "e\u{301}")
        #expect(CBORValue.text("é") != CBORValue.text("e\u{301}"))
        #expect(CBORValue.map([CBORPair("é", 1)])["e\u{301}"] == nil)
        #expect(CBORValue.map([CBORPair("é", 1)])["é"] == 1)
        #expect(Set([CBORValue.text("é"), .text("e\u{301}")]).count == 2)
    }

    @Test("numbers are equal when their encodings are")
    func numberEquality() {
        #expect(CBORValue.float(1) != 1)
        #expect(CBORValue.float(0.0) != .float(-0.0))
        #expect(CBORValue.float(.nan) == .float(-.signalingNaN))
        #expect(Set([CBORValue.float(.nan), .float(-.nan)]).count == 1)
        #expect(CBORValue.negative(.max).integerValue == nil)
        #expect(CBORValue.negative(.max).doubleValue == -0x1p64)
        #expect(CBORValue.negative(UInt64(Int.max)).integerValue == Int.min)
        #expect(CBORValue.negative(1 << 53).doubleValue == nil)
    }

    @Test("every NaN is read, and f97e00 is written")
    func notANumber() throws {
        for hex in [
            "f97e00", "f97e01", "f9fe00", "fa7fc00000", "fa7f800001", "fb7ff8000000000000",
            "fbfff0000000000001",
        ] {
            let value = try CBORValue(decoding: ByteBuffer(bytes: try bytes(hex: hex)))
            #expect(HexText.lowercase(value.encoded().readableBytesView) == "f97e00")
        }
    }

    @Test("a dynamic value inside a type keeps maps in order, nulls and tags")
    func insideType() throws {
        struct Holder: Codable, Equatable {
            var before: Int
            var value: CBORValue
            var maybe: CBORValue?
            var values: [CBORValue]
            var named: [String: CBORValue]
            var after: Int
        }
        let holder = Holder(
            before: 1,
            value: ["z": .null, "a": [.tagged(5, [1, 2]), .bytes([1]), .float(1)]],
            maybe: nil,
            values: [.null, 1],
            named: ["n": .null],
            after: 2
        )
        let bytes = try CBOREncoder().encode(holder)
        #expect(try CBORDecoder(unknownFields: .reject).decode(Holder.self, from: bytes) == holder)
        let null = Holder(before: 1, value: .null, maybe: nil, values: [], named: [:], after: 2)
        #expect(
            try CBORDecoder().decode(Holder.self, from: try CBOREncoder().encode(null)) == null
        )
    }
}
