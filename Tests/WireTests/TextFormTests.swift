import NIOCore
import Testing

@testable import Wire

@Suite("JSON and diagnostic notation")
struct TextFormTests {
    @Test("JSON is read strictly and keeps order, digits and text")
    func reading() throws {
        let text =
            #" { "b" : [ 1 , -1.5e3, 18446744073709551615, -18446744073709551616, true, false, null ] , "a\n\"\u00e9\ud834\udd1e\/" : "水" , "":{}} "#
        let value = try CBORValue(json: text)
        #expect(
            value == [
                "b": [1, .float(-1500), .unsigned(.max), .negative(.max), true, false, .null],
                "a\n\"é𝄞/": "水", "": [:],
            ]
        )
        #expect(try CBORValue(json: "-0") == .float(-0.0))
        #expect(try CBORValue(json: "[]") == [])
        #expect(try CBORValue(json: Array("1e2".utf8)) == .float(100))
    }

    @Test(
        "what isn't JSON is refused with its place",
        arguments: [
            ("", 0), ("[", 1), ("[1,]", 3), ("{\"a\"}", 4), ("{a:1}", 1), ("01", 2), ("1.", 2),
            ("+1", 0),
            (".5", 0), ("1e", 2), ("-", 1), ("tru", 0), ("nul", 0), ("\"", 1), ("\"\u{1}\"", 2),
            ("\"\\x\"", 3),
            ("\"\\ud800\"", 7), ("\"\\udc00\"", 7), ("\"\\ud800\\u0041\"", 13), ("[1] 2", 4),
            ("1e999", 0),
            ("18446744073709551616", 0), ("-18446744073709551617", 0), ("{\"a\":1,\"a\":2}", 7),
            ("[1 2]", 3),
            ("NaN", 0), ("'a'", 0), ("\"\\u12g4\"", 5), ("{\"a\":1,}", 7),
        ]
    )
    func refused(text: String, offset: Int) throws {
        let error = #expect(throws: CBORError.self) { try CBORValue(json: text) }
        #expect(error?.offset == offset, "\(text): \(String(describing: error))")
    }

    @Test("JSON is held to the limits of CBOR")
    func limits() throws {
        let limits = CBORLimits(depth: 3, itemCount: 6)
        #expect(throws: Never.self) { try CBORValue(json: "[[[1]]]", limits: limits) }
        #expect(throws: CBORError.self) { try CBORValue(json: "[[[[]]]]", limits: limits) }
        #expect(throws: Never.self) { try CBORValue(json: "[1,2,3,4,5]", limits: limits) }
        #expect(throws: CBORError.self) { try CBORValue(json: "[1,2,3,4,5,6]", limits: limits) }
        #expect(throws: Never.self) { try CBORValue(json: #"{"a":1,"b":[]}"#, limits: limits) }
        #expect(throws: CBORError.self) {
            try CBORValue(json: #"{"a":1,"b":[1,2]}"#, limits: limits)
        }
        #expect(throws: CBORError.self) { try CBORValue(json: [0x22, 0xff, 0x22]) }
    }

    @Test("values become JSON that people can read")
    func writing() throws {
        let id = CBORValue.tagged(37, .bytes(try bytes(hex: "00112233445566778899aabbccddeeff")))
        let cases: [(CBORValue, String)] = [
            (.unsigned(.max), "18446744073709551615"), (.negative(.max), "-18446744073709551616"),
            (.float(1.5), "1.5"), (.float(.nan), "null"), (.float(-.infinity), "null"),
            (.null, "null"),
            ("a\"\\\n\u{1}\u{7f}水", #""a\"\\\n\u0001\u007f水""#),
            (.bytes([0xfb, 0xff, 0xfe]), "\"-__-\""), (.bytes([1]), "\"AQ\""),
            (.bytes([1, 2]), "\"AQI\""), (.bytes([]), "\"\""),
            (id, "\"00112233-4455-6677-8899-aabbccddeeff\""),
            (.tagged(1, 1_363_896_240), "\"2013-03-21T20:04:00Z\""),
            (.tagged(1, .float(1_363_896_240.5)), "\"2013-03-21T20:04:00.5Z\""),
            (.tagged(1, -1), "\"1969-12-31T23:59:59Z\""),
            (.tagged(1, 951_782_400), "\"2000-02-29T00:00:00Z\""),
            (.tagged(1, -62_167_219_200), "\"0000-01-01T00:00:00Z\""),
            (.tagged(1, 253_402_300_799), "\"9999-12-31T23:59:59Z\""),
            (.tagged(1, .float(253_402_300_799.999_999_9)), "253402300800.0"),
            (.tagged(1, .float(.nan)), "null"), (.tagged(1, "x"), "\"x\""),
            (.tagged(2, .bytes([1, 0, 0, 0, 0, 0, 0, 0, 0])), "18446744073709551616"),
            (.tagged(3, .bytes([0xff])), "-256"), (.tagged(2, .bytes([])), "0"),
            (.tagged(3, .bytes([])), "-1"),
            (.tagged(4, [-2, 27_315]), "273.15"), (.tagged(4, [-3, -5]), "-0.005"),
            (.tagged(4, [2, 3]), "300"), (.tagged(4, [2, 0]), "0"),
            (.tagged(4, [-2, 0]), "0.00"), (.tagged(999, [1]), "[1]"), (.tagged(4, [1]), "[1]"),
            ([1: "a", [1]: "b", "c": []], #"{"1":"a","[1]":"b","c":[]}"#),
        ]
        for (value, json) in cases { #expect(value.json() == json) }
        #expect(
            (["a": [1, [:]], "b": [:]] as CBORValue).json(pretty: true)
                == "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": {}\n}"
        )
        let long = CBORValue.tagged(2, .bytes([UInt8](repeating: 1, count: 129)))
        #expect(long.json().hasPrefix("\""))
    }

    @Test("JSON written for JSON's own kinds of value is read as the same value")
    func roundTrip() throws {
        let value: CBORValue = [
            "a": [1, -2, .float(1.5), .float(1e300), .float(-0.0), "t\u{2028}", true, .null],
            "b": [:],
        ]
        #expect(try CBORValue(json: value.json()) == value)
        #expect(try CBORValue(json: value.json(pretty: true)) == value)
    }

    @Test("diagnostic notation shows every kind of item")
    func diagnostic() {
        let value: CBORValue = [
            1, .negative(.max), .bytes([1, 0xab]), "q\"", [:], .tagged(37, .bytes([])),
            .float(-0.0), .float(1e300),
            .float(.nan), .float(-.infinity), true, .null, [2: "x"],
        ]
        #expect(
            value.diagnostic
                == #"[1, -18446744073709551616, h'01ab', "q\"", {}, 37(h''), -0.0, 1e+300, NaN, -Infinity, true, null, {2: "x"}]"#
        )
    }
}
