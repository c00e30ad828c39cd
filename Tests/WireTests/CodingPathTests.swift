import FoundationEssentials
import NIOCore
import Testing

@testable import Wire

@Suite("Errors name the field")
struct CodingPathTests {
    struct Outer: Codable { var message: Message }
    struct Message: Codable {
        var parts: [Part]
        var labels: [String: Int]?
        var numbers: [Int: Int]?
        var ids: [UUID: Int]?
        var state: State?
    }
    struct Part: Codable { var name: String, size: UInt8 }
    enum State: String, Codable { case open, closed }

    static func error(
        _ value: CBORValue,
        unknownFields: CBORDecoder.UnknownFields = .ignore
    ) -> CBORError? {
        do {
            _ = try CBORDecoder(unknownFields: unknownFields).decode(
                Outer.self,
                from: value.encoded()
            )
            return nil
        } catch {
            return error as? CBORError
        }
    }

    static func message(_ fields: (CBORValue, CBORValue)...) -> CBORValue {
        ["message": .map(fields.map { CBORPair($0.0, $0.1) })]
    }

    static let part: CBORValue = ["name": "a", "size": 1]

    @Test("the path leads through structs, arrays and dictionaries to what is wrong")
    func paths() {
        let cases: [(CBORValue, String, CBORError.Reason)] = [
            (["messages": 1], "message", .missingField),
            (["message": 1], "message", .typeMismatch(expected: "a map", found: "an integer")),
            ([1], "", .typeMismatch(expected: "a map", found: "an array")),
            (
                Self.message(("parts", "x")), "message.parts",
                .typeMismatch(expected: "an array", found: "a text string")
            ),
            (
                Self.message(("parts", [Self.part, ["name": "b"]])), "message.parts[1].size",
                .missingField
            ),
            (
                Self.message(("parts", [Self.part, ["name": "b", "size": .null]])),
                "message.parts[1].size", .missingField
            ),
            (
                Self.message(
                    ("parts", [Self.part, Self.part, Self.part, ["name": "b", "size": 256]])
                ), "message.parts[3].size", .integerOutOfRange
            ),
            (
                Self.message(("parts", [["name": .bytes([1]), "size": 1]])),
                "message.parts[0].name",
                .typeMismatch(expected: "a text string", found: "a byte string")
            ),
            (
                Self.message(("parts", [["name": "x", "size": .float(1)]])),
                "message.parts[0].size", .typeMismatch(expected: "an integer", found: "a float")
            ),
            (
                Self.message(("parts", [["name": "x", "size": .tagged(9, 1)]])),
                "message.parts[0].size", .typeMismatch(expected: "an integer", found: "tag 9")
            ),
            (
                Self.message(("parts", [.null])), "message.parts[0]",
                .typeMismatch(expected: "a map", found: "null")
            ),
            (
                Self.message(("parts", []), ("labels", ["x": "y"])), "message.labels.x",
                .typeMismatch(expected: "an integer", found: "a text string")
            ),
            (
                Self.message(("parts", []), ("labels", ["odd key": true])),
                "message.labels[\"odd key\"]",
                .typeMismatch(expected: "an integer", found: "a Boolean")
            ),
            (
                Self.message(("parts", []), ("labels", [1: 1])), "message.labels",
                .typeMismatch(expected: "a text key", found: "an integer")
            ),
            (
                Self.message(("parts", []), ("labels", ["é": 1, "e\u{301}": 2])),
                "message.labels[\"e\u{301}\"]", .duplicateKey
            ),
            (
                Self.message(("parts", []), ("numbers", [7: .null, 8: .null])),
                "message.numbers{7}", .missingField
            ),
            (
                Self.message(("parts", []), ("state", "ajar")), "message.state",
                .invalidValue("Cannot initialize State from invalid String value ajar")
            ),
        ]
        for (value, path, reason) in cases {
            let error = Self.error(value)
            #expect(error?.path == path, "\(value.diagnostic)")
            #expect(error?.reason == reason, "\(value.diagnostic)")
            #expect(error?.offset != nil)
        }
    }

    @Test("malformed input is located too")
    func malformed() throws {
        // {"message": {"parts": [1, undefined]}}
        let error = try refusal(of: "a1676d657373616765a16570617274738201f7", as: Outer.self)
        #expect(error == CBORError(path: "message.parts[1]", reason: .undefinedRefused, offset: 18))
        #expect(try refusal(of: "a1676d657373616765a165706172747381")?.path == "message.parts")
        #expect(error?.description == "message.parts[1]: undefined is not accepted (byte 18)")
    }

    @Test("a peer's key is shortened and escaped in a path")
    func longKey() {
        let key = String(repeating: "x", count: 1000)
        let long = Self.error(Self.message(("parts", []), ("labels", [.text(key): "y"])))
        #expect((long?.path.count ?? 1000) < 100)
        let control = Self.error(Self.message(("parts", []), ("labels", ["a\n\u{1b}[0m": "y"])))
        #expect(control?.path == #"message.labels["a\n\u{1B}[0m"]"#)
    }

    @Test("an encoder's error names the field as well")
    func encoding() {
        struct Holder: Encodable { var inner: [String: [Date]] }
        let holder = Holder(inner: ["x": [Date(), Date(timeIntervalSince1970: .nan)]])
        let error = #expect(throws: CBORError.self) { try CBOREncoder().encode(holder) }
        #expect(error?.path == "inner.x[1]")
    }

    @Test("an unknown field is refused at any depth where that is asked, and ignored elsewhere")
    func unknownFields() {
        let cases: [(CBORValue, String)] = [
            (["message": ["parts": []], "more": 1], "more"),
            (["more": ["x": 1], "message": ["parts": []]], "more"),
            (Self.message(("parts", []), ("extra", [1])), "message.extra"),
            (
                Self.message(("parts", [Self.part, ["name": "a", "hue": 1, "size": 1]])),
                "message.parts[1].hue"
            ),
            (Self.message(("parts", []), (5, 1)), "message{5}"),
            (Self.message(("parts", []), ([1], 1)), "message{[1]}"),
        ]
        for (value, path) in cases {
            #expect(Self.error(value) == nil)
            let error = Self.error(value, unknownFields: .reject)
            #expect(error?.reason == .unknownField)
            #expect(error?.path == path)
        }
        let complete = Self.message(
            ("parts", [Self.part, Self.part]),
            ("labels", ["any": 1]),
            ("numbers", [3: 4]),
            ("ids", [.tagged(37, .bytes([UInt8](repeating: 0, count: 16))): 4]),
            ("state", .null)
        )
        #expect(Self.error(complete, unknownFields: .reject) == nil)
    }

    @Test("a payload of an enum is checked for unknown fields too")
    func unknownFieldsInEnum() throws {
        let part = CodableRoundTripTests.Part.self
        // {"image": {"url": "a"}} and the same with "size": 1, and with a second key.
        #expect(
            try refusal(of: "a165696d616765a16375726c6161", as: part, unknownFields: .reject) == nil
        )
        #expect(
            try refusal(
                of: "a165696d616765a26375726c61616473697a6501",
                as: part,
                unknownFields: .reject
            )?.path == "image.size"
        )
        #expect(
            try refusal(
                of: "a265696d616765a16375726c61616473697a6501",
                as: part,
                unknownFields: .reject
            )?.path == "size"
        )
    }
}
