import NIOCore
import Testing
import Wire

@testable import RPC

@Suite("The metadata of OPEN")
struct OpenMetadataTests {
    private static let samples: [OpenMetadata] = {
        var generator = SystemRandomNumberGenerator()
        let texts = [nil, "", "a", "é€😀", String(repeating: "x", count: 300)]
        let numbers: [UInt64?] = [nil, 0, 23, 24, 255, 256, 65_535, 65_536, 1 << 32, .max]
        return (0..<500).map { _ in
            OpenMetadata(
                method: texts.randomElement(using: &generator).flatMap { $0 } ?? "rpc.Echo",
                timeout: numbers.randomElement(using: &generator) ?? nil,
                token: texts.randomElement(using: &generator) ?? nil,
                idempotencyKey: texts.randomElement(using: &generator) ?? nil,
                attempt: [nil, 0, 1, .max].randomElement(using: &generator) ?? nil,
                trace: texts.randomElement(using: &generator) ?? nil)
        }
    }()

    @Test("The quick way writes what the codec writes, and reads it")
    func quickWayIsTheCodecsWay() throws {
        for sample in Self.samples {
            let bytes = try CBOREncoder().encode(sample)
            #expect(sample.encodedQuickly() == bytes)
            #expect(OpenMetadata(quickly: bytes) == sample)
        }
    }

    @Test("Values of the caller's own are left to the codec")
    func valuesAreTheCodecs() throws {
        var sample = OpenMetadata(method: "rpc.Echo")
        sample.values = ["a": "b"]
        #expect(sample.encodedQuickly() == nil)
        #expect(OpenMetadata(quickly: try CBOREncoder().encode(sample)) == nil)
    }

    @Test("Whatever the quick way takes, the codec reads the same")
    func quickWayIsNoLaxer() throws {
        var generator = SystemRandomNumberGenerator()
        for sample in Self.samples {
            let whole = Array(try CBOREncoder().encode(sample).readableBytesView)
            for _ in 0..<40 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...3, using: &generator) where !bytes.isEmpty {
                    let index = bytes.indices.randomElement(using: &generator) ?? 0
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: bytes[index] = .random(in: 0...255, using: &generator)
                    case 1: bytes.remove(at: index)
                    case 2: bytes.insert(.random(in: 0...255, using: &generator), at: index)
                    default: bytes.removeLast(bytes.count - index)
                    }
                }
                let buffer = ByteBuffer(bytes: bytes)
                guard let quick = OpenMetadata(quickly: buffer) else { continue }
                #expect(try CBORDecoder().decode(OpenMetadata.self, from: buffer) == quick)
            }
        }
    }
}
