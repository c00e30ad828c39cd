import Foundation
import NIOCore
import Wire

@testable import RPC

/// Inputs to begin with, made by the encoders themselves.
enum Seeds {
    /// Writes a directory of inputs for each subject, and a dictionary.
    static func write(into directory: URL) throws {
        for subject in Subject.allCases {
            let folder = directory.appendingPathComponent(subject.rawValue)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (index, input) in try self.inputs(for: subject).enumerated() {
                try Data(input.readableBytesView)
                    .write(to: folder.appendingPathComponent("seed-\(index)"))
            }
        }
        try self.dictionary.write(
            to: directory.appendingPathComponent("dictionary"), atomically: true, encoding: .utf8)
    }

    private static func inputs(for subject: Subject) throws -> [ByteBuffer] {
        switch subject {
        case .frames, .replies: self.conversations(asClient: subject == .replies)
        case .handshake:
            (UInt64(0)..<16).map { seed in
                var generator = FrameGenerator(seed: seed)
                var bytes = ByteBuffer()
                bytes.writeMultipleIntegers(seed, UInt8(seed % 2))
                var conversation = ByteBuffer(bytes: Preface.bytes)
                generator.settings(&conversation, forClient: seed % 2 == 1)
                bytes.writeBuffer(&conversation)
                return bytes
            }
        case .metadata: try self.metadata()
        case .codec: try self.items()
        }
    }

    private static func conversations(asClient isClient: Bool) -> [ByteBuffer] {
        (UInt64(0)..<64).map { seed in
            var generator = FrameGenerator(seed: seed)
            var bytes = ByteBuffer()
            if isClient {
                generator.replies(&bytes)
            } else {
                for _ in 0..<20 { generator.frame(&bytes) }
            }
            var input = ByteBuffer()
            input.writeInteger(seed)
            if seed % 4 == 0 {
                input.writeInteger(UInt8(0))
                input.writeBuffer(&bytes)
                return input
            }
            var frames: [Frame] = []
            var decoder = FrameDecoder()
            // Up to the first that is damaged.
            while let frame = try? decoder.decode(buffer: &bytes) { frames.append(frame) }
            input.writeInteger(UInt8(1))
            input.writeImmutableBuffer(ConnectionFuzzing.input(for: frames))
            return input
        }
    }

    private static func metadata() throws -> [ByteBuffer] {
        var open = OpenMetadata(method: "identity.SignIn")
        open.timeout = 30_000_000
        open.token = "token"
        open.idempotencyKey = "key"
        open.attempt = 1
        open.trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
        var withValues = open
        withValues.values = ["a": "b", "é": "e\u{301}"]
        let error = RPCError(
            .resourceExhausted, reason: "rpc.too_many_streams", message: "Too many.",
            retry: .after(.milliseconds(50)), details: ["limit": "128"])
        let settings = HandshakeSettings(
            limits: ProtocolLimits(), software: "fuzz", instance: UUID(), version: 1)
        let goAway = GoAwayMetadata(lastStream: .max, reason: "draining", message: "Later.")
        let values: [(UInt8, any Encodable)] = [
            (0, OpenMetadata(method: "rpc.Echo")), (0, open), (0, withValues),
            (1, StatusMetadata.success), (1, StatusMetadata(error)), (2, goAway), (3, settings),
        ]
        return try values.map { kind, value in
            var input = ByteBuffer(integer: kind)
            input.writeImmutableBuffer(try CBOREncoder().encode(value))
            return input
        }
    }

    private static func items() throws -> [ByteBuffer] {
        let everything = CodecFuzzing.Everything(
            id: UUID(), at: Date(timeIntervalSince1970: 1_700_000_000.25),
            price: Decimal(string: "-12.50"), data: Data([1, 2, 3]), bytes: [4, 5], role: .user,
            parts: [.text("a"), .image(url: "b", width: 3), .nothing],
            next: [.init(), .init(value: ["a": 1])], table: ["a": [1: [UUID(): 2.5]]],
            numbers: [-1, 300], small: 1.5, flags: [true],
            value: ["x": [1, 2, .tagged(1, 5), .bytes([6]), .null, .float(.nan)]])
        let bytes = try [false, true].map {
            try CBOREncoder(deterministic: $0).encode(everything)
        }
        let value = try CBORValue(decoding: bytes[0])
        return [UInt8(0), 1, 4, 5].flatMap { options in
            bytes.map { item in
                var input = ByteBuffer(integer: options)
                input.writeImmutableBuffer(item)
                return input
            }
        } + [false, true].map { isPretty in
            var input = ByteBuffer(integer: UInt8(2))
            input.writeString(value.json(pretty: isPretty))
            return input
        }
    }

    /// What stands in messages and is hard to guess.
    private static var dictionary: String {
        let words = [
            "method", "timeout", "token", "idempotencyKey", "attempt", "trace", "values", "code",
            "reason", "message", "retry", "retryAfter", "details", "lastStream", "minimumVersion",
            "maximumVersion", "version", "software", "instance", "capabilities", "frameBytes",
            "messageBytes", "metadataBytes", "streams", "streamWindow", "connectionWindow", "id",
            "at", "price", "data", "bytes", "role", "parts", "next", "table", "numbers", "small",
            "flags", "value", "text", "image", "nothing", "url", "width", "user",
        ]
        let keys = words.map { word in
            CBORValue.text(word).encoded().readableBytesView.map { byte in
                "\\x" + (byte < 16 ? "0" : "") + String(byte, radix: 16)
            }.joined()
        }
        let heads = [
            "\\x89STW\\x0d\\x0a\\x1a\\x01", "\\xc1\\xfb", "\\xc1\\x1a", "\\xd8\\x25\\x50",
            "\\xc4\\x82", "\\xc2\\x49", "\\xc3\\x49", "\\xf9\\x7e\\x00", "\\xfb\\x7f\\xf0",
            "\\x1b\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff", "\\x9b", "\\xbb", "\\xff", "\\x7f",
        ]
        return (keys + heads).map { "\"\($0)\"\n" }.joined()
    }
}
