import FoundationEssentials
import NIOCore
import Testing

@testable import Wire

@Suite("Codable values through CBOR")
struct CodableRoundTripTests {
    static func roundTrip<T: Codable & Equatable>(
        _ value: T,
        deterministic: Bool = false
    ) throws -> T {
        let bytes = try CBOREncoder(deterministic: deterministic).encode(value)
        return try CBORDecoder(unknownFields: .reject).decode(T.self, from: bytes)
    }

    static func hex<T: Encodable>(_ value: T, deterministic: Bool = false) throws -> String {
        HexText.lowercase(
            try CBOREncoder(deterministic: deterministic).encode(value).readableBytesView
        )
    }

    static func decode<T: Decodable>(_ type: T.Type, hex: String) throws -> T {
        try CBORDecoder().decode(type, from: ByteBuffer(bytes: try bytes(hex: hex)))
    }

    enum Role: String, Codable { case user, assistant }

    enum Part: Codable, Equatable {
        case text(content: String)
        case image(url: String, width: Int?)
        case rule
    }

    struct Message: Codable, Equatable {
        var id: UUID
        var role: Role
        var text: String
        var createdAt: Date
        var tokens: Int?
        var cost: Decimal?
        var parts: [Part] = []
        var labels: [String: String] = [:]
        var counts: [Int: Int] = [:]
        var readBy: [UUID: Bool] = [:]
        var digest: Data?
        var raw: [UInt8]?
        var embedding: [Float]?
        var extra: CBORValue?
        var score: Double = 0
    }

    static let message = Message(
        id: UUID(uuidString: "00112233-4455-6677-8899-AABBCCDDEEFF")!,
        role: .assistant,
        text: "Grüße, 水",
        createdAt: Date(timeIntervalSince1970: 1_700_000_000.123456),
        tokens: 1234,
        cost: Decimal(string: "0.00125")!,
        parts: [.text(content: "hello"), .image(url: "a", width: nil), .rule],
        labels: ["a": "1", "1": "b"],
        counts: [-1: 2, 300: 4],
        readBy: [UUID(): true, UUID(): false],
        digest: Data([1, 2, 3]),
        raw: [0xff],
        embedding: [0.5, -1.25],
        extra: ["k": [1, -2, 1.5, "t", true]],
        score: -0.1
    )

    @Test("every field of a message comes back as it was sent", arguments: [false, true])
    func message(deterministic: Bool) throws {
        #expect(try Self.roundTrip(Self.message, deterministic: deterministic) == Self.message)
    }

    @Test("fields stand in the order of their declaration, nil is left out")
    func declarationOrder() throws {
        struct Fields: Codable {
            var zebra = 1
            var ant: String?
            var bee = "b"
        }
        #expect(try Self.hex(Fields()) == "a2657a656272610163626565" + "6162")
        #expect(
            try Self.hex(Fields(), deterministic: true) == "a263626565" + "6162" + "657a6562726101"
        )
    }

    @Test("a null field is read as absent, a missing one as nil")
    func nullIsAbsent() throws {
        struct Fields: Codable, Equatable { var a: Int?, b: String? }
        #expect(try Self.decode(Fields.self, hex: "a16161f6") == Fields(a: nil, b: nil))
        #expect(try Self.decode(Fields.self, hex: "a0") == Fields(a: nil, b: nil))
    }
}

/// Bytes from hexadecimal digits.
func bytes(hex: String) throws -> [UInt8] {
    var bytes: [UInt8] = []
    var digits = Substring(hex)
    while let pair = Optional(digits.prefix(2)), !pair.isEmpty {
        bytes.append(try #require(UInt8(pair, radix: 16)))
        digits = digits.dropFirst(2)
    }
    return bytes
}
