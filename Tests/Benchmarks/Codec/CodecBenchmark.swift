import ArgumentParser
import BenchmarkSupport
import Foundation
import NIOCore
import SwiftProtobuf
import Wire

@main
struct CodecBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "codec-benchmark",
        abstract: "Wire's CBOR against swift-protobuf and Foundation's JSON, for the same messages."
    )

    @Option(help: "How often each is measured; medians are printed.")
    var rounds = 51

    @Option(help: "table or json.")
    var format = Format.table

    @Option(help: "Runs only contests whose name begins so, for a profiler.")
    var contest = ""

    @Option(help: "Runs only contenders whose name begins so, for a profiler.")
    var contender = ""

    func run() throws {
        var contests =
            try Self.contests(
                "chat message (8 fields)", ChatMessage.sample, ChatMessage.sample.protobuf)
            + Self.contests(
                "call opening (3 fields)", CallOpening.sample, CallOpening.sample.protobuf)
        contests.removeAll { !$0.name.hasPrefix(self.contest) }
        for index in contests.indices {
            contests[index].contenders.removeAll { !$0.name.hasPrefix(self.contender) }
        }
        try self.format.print(try contests.map { try $0.run(rounds: self.rounds) })
    }

    /// Encoding and decoding of a message, after a check that each codec keeps it.
    static func contests<Sample: Codable & Equatable, Peer: SwiftProtobuf.Message & Equatable>(
        _ name: String,
        _ sample: Sample,
        _ peer: Peer
    ) throws -> [Contest] {
        let encoder = CBOREncoder()
        let decoder = CBORDecoder()
        let jsonEncoder = JSONEncoder()
        let jsonDecoder = JSONDecoder()
        let cbor = try encoder.encode(sample)
        let json = try jsonEncoder.encode(sample)
        let protobuf: [UInt8] = try peer.serializedBytes()
        guard try decoder.decode(Sample.self, from: cbor) == sample,
            try jsonDecoder.decode(Sample.self, from: json) == sample,
            try Peer(serializedBytes: protobuf) == peer
        else { throw ValidationError("\(name) does not come back as it was sent") }
        return [
            Contest(
                "encode \(name)",
                [
                    Contender("Wire, \(cbor.readableBytes) bytes") { count in
                        var total = 0
                        for _ in 0..<count { total += try encoder.encode(sample).readableBytes }
                        return total
                    },
                    Contender("swift-protobuf, \(protobuf.count) bytes") { count in
                        var total = 0
                        for _ in 0..<count {
                            let bytes: [UInt8] = try peer.serializedBytes()
                            total += bytes.count
                        }
                        return total
                    },
                    Contender("JSONEncoder, \(json.count) bytes") { count in
                        var total = 0
                        for _ in 0..<count { total += try jsonEncoder.encode(sample).count }
                        return total
                    },
                ]
            ),
            Contest(
                "decode \(name)",
                [
                    Contender("Wire") { count in
                        for _ in 0..<count { consume(try decoder.decode(Sample.self, from: cbor)) }
                        return count
                    },
                    Contender("swift-protobuf") { count in
                        for _ in 0..<count { consume(try Peer(serializedBytes: protobuf)) }
                        return count
                    },
                    Contender("JSONDecoder") { count in
                        for _ in 0..<count {
                            consume(try jsonDecoder.decode(Sample.self, from: json))
                        }
                        return count
                    },
                ]
            ),
        ]
    }

    /// Uses a value in a way that the compiler cannot see through.
    @inline(never)
    private static func consume<Value>(_ value: borrowing Value) {
        withUnsafePointer(to: value) { pointer in
            if Int(bitPattern: pointer) == 1 { Swift.print("never") }
        }
    }
}
