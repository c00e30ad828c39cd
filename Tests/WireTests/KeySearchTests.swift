import NIOCore
import Testing

@testable import Wire

@Suite("Finding a field in a map")
struct KeySearchTests {
    struct Reading: Codable, Equatable {
        var sensor: String
        var value: Int?
        var unit: String?
        var sensorSerialNumber: Int?
    }

    /// Every order of a list.
    static func orders<Element>(of list: [Element]) -> [[Element]] {
        guard list.count > 1 else { return [list] }
        return list.indices.flatMap { index in
            var rest = list
            let first = rest.remove(at: index)
            return orders(of: rest).map { [first] + $0 }
        }
    }

    @Test("fields are found in any order, among unknown ones, and where some are absent")
    func anyOrder() throws {
        let pairs: [CBORPair] = [
            CBORPair("sensor", "s"), CBORPair("unit", "K"),
            CBORPair("sensorSerialNumber", 7), CBORPair("other", [1, 2]),
        ]
        let expected = Reading(sensor: "s", unit: "K", sensorSerialNumber: 7)
        for order in Self.orders(of: pairs) {
            let bytes = CBORValue.map(order).encoded()
            #expect(try CBORDecoder().decode(Reading.self, from: bytes) == expected)
        }
        let null =
            (["sensor": "s", "value": .null, "unit": "K", "sensorSerialNumber": 7]
            as CBORValue).encoded()
        #expect(try CBORDecoder().decode(Reading.self, from: null) == expected)
    }

    @Test("a key with a longer head than it needs is found, beside absent ones")
    func longHead() throws {
        for head in ["7805", "790005", "7a00000005", "7b0000000000000005"] {
            let map = "a2" + head + "76616c756505" + "6673656e736f72" + "6173"
            let input = ByteBuffer(bytes: try bytes(hex: map))
            let reading = try CBORDecoder().decode(Reading.self, from: input)
            #expect(reading == Reading(sensor: "s", value: 5))
        }
    }

    @Test("the numbers of an input's containers are not used again")
    func numbers() throws {
        let input = ([["a": 1], ["a": 2]] as CBORValue).encoded()
        var scan = InputScan()
        for _ in 0..<3 {
            let first = scan.firstContainer
            try input.withUnsafeReadableBytes { try scan.run($0, limits: .standard) }
            scan.end()
            let next = scan.firstContainer
            let isExhausted = scan.isExhausted
            #expect(next > first + 2 && !isExhausted)
        }
        scan.firstContainer = .max / 2
        try input.withUnsafeReadableBytes { try scan.run($0, limits: .standard) }
        scan.end()
        let isExhausted = scan.isExhausted
        #expect(isExhausted)
    }
}
