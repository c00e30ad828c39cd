import NIOCore
import Wire

@testable import RPC

extension Attack {
    /// Every one that a counter tells of.
    static let all =
        Self.slowWriters + Self.bombs + Self.floods + Self.windows + Self.fragments + Self.streams
        + Self.foreigners

    private static let hurried: @Sendable (inout ProtocolLimits) -> Void = {
        $0.handshakeTimeout = .milliseconds(150)
    }

    private static let impatient: @Sendable (inout ProtocolLimits) -> Void = {
        $0.frameTimeout = .milliseconds(100)
    }

    /// A writer that stops, or drips, at every stage of what the server reads.
    static let slowWriters = [
        Attack("a peer that says nothing", counted: "handshake_timeout", limits: hurried) {
            try RawPeer(path: $0.path).waitUntilClosed(atMost: $0.patience)
        },
        Attack(
            "a writer that stops in the preface", counted: "handshake_timeout", limits: hurried
        ) {
            let peer = try RawPeer(path: $0.path)
            peer.write(ByteBuffer(bytes: Preface.bytes.prefix(3)))
            peer.waitUntilClosed(atMost: $0.patience)
        },
        Attack("a writer that stops in HELLO", counted: "handshake_timeout", limits: hurried) {
            let peer = try RawPeer(path: $0.path)
            peer.write(ByteBuffer(bytes: Preface.bytes))
            peer.header(length: 200, type: 0x01, metadataLength: 200, rest: [0xab, 0x60])
            peer.waitUntilClosed(atMost: $0.patience)
        },
        Attack("a writer that stops in a header", counted: "frame_timeout", limits: impatient) {
            $0.write(ByteBuffer(bytes: [0, 0, 0]))
        },
        Attack("a writer that stops in metadata", counted: "frame_timeout", limits: impatient) {
            $0.header(length: 900, type: 0x10, metadataLength: 800, stream: 1, rest: [0xa1])
        },
        Attack(
            "a writer that drips a body", counted: "frame_timeout", limits: impatient
        ) { target in
            let peer = try RawPeer(path: target.path)
            try peer.shakeHands()
            let metadata = try CBOREncoder().encode(OpenMetadata(method: "test.Hang"))
            peer.header(
                length: 60_000, type: 0x10, metadataLength: UInt16(metadata.readableBytes),
                stream: 1, rest: Array(metadata.readableBytesView))
            let deadline = ContinuousClock.now + target.patience
            while ContinuousClock.now < deadline, peer.write(ByteBuffer(bytes: [0x81])) {
                peer.waitUntilClosed(atMost: .milliseconds(2))
            }
        },
    ]

    /// Little that claims to be much.
    static let bombs = [
        Attack("a length of 4 GiB", counted: "frame_too_large") {
            $0.header(length: .max, type: 0x10, metadataLength: 10, stream: 1)
        },
        Attack("a length of 16 MiB", counted: "frame_too_large") {
            $0.header(length: 0x00ff_ffff, type: 0x11, stream: 1)
        },
        Attack("metadata longer than its frame", counted: "metadata_length") {
            $0.header(length: 4, type: 0x10, metadataLength: 8_000, stream: 1)
        },
        Attack("metadata that counts to 2⁶²", counted: "metadata_invalid") {
            $0.header(
                length: 9, type: 0x10, metadataLength: 9, stream: 1,
                rest: [0xbb, 0x40, 0, 0, 0, 0, 0, 0, 0])
        },
        Attack("metadata 8,000 arrays deep", counted: "metadata_invalid") {
            $0.header(
                length: 8_000, type: 0x10, metadataLength: 8_000, stream: 1,
                rest: [UInt8](repeating: 0x81, count: 8_000))
        },
        Attack("metadata 8,000 tags deep", counted: "metadata_invalid") {
            $0.header(
                length: 8_000, type: 0x10, metadataLength: 8_000, stream: 1,
                rest: [UInt8](repeating: 0xca, count: 8_000))
        },
        Attack("metadata with a key twice", counted: "metadata_invalid") {
            var map: [UInt8] = [0xa2]
            for _ in 0..<2 { map += [0x66] + Array("method".utf8) + [0x61, 0x61] }
            $0.header(
                length: UInt32(map.count), type: 0x10, metadataLength: UInt16(map.count), stream: 1,
                rest: map)
        },
    ]

    /// Many frames that bring nothing forward.
    static let floods = [
        Attack("OPEN and RESET in turn", counted: "enhance_calm") {
            for stream in stride(from: UInt64(1), through: 601, by: 2) {
                try $0.openHanging(stream: stream)
                try $0.frame(.reset, stream: stream, metadata: StatusMetadata(code: 1))
            }
        },
        Attack("OPENs beyond the limit, which the server has to refuse", counted: "enhance_calm") {
            for stream in stride(from: UInt64(1), through: 2_601, by: 2) {
                try $0.openHanging(stream: stream)
            }
        },
        Self.flood("PINGs") { peer, _ in
            try peer.frame(.ping, body: ByteBuffer(repeating: 1, count: 8))
        },
        Self.flood("PONGs") { peer, _ in
            try peer.frame(.pong, body: ByteBuffer(repeating: 1, count: 8))
        },
        Self.flood("GOAWAYs") { peer, _ in
            try peer.frame(.goAway, metadata: GoAwayMetadata(lastStream: 0, reason: "draining"))
        },
        Self.flood("tiny CREDITs") { peer, _ in
            try peer.frame(.credit, body: ByteBuffer(integer: UInt32(1)))
        },
        Self.flood("frames of unknown types") { peer, _ in
            peer.header(length: 0, type: 0x7f, flags: 0x80)
        },
        Self.flood("empty messages") { peer, _ in try peer.frame(.message, stream: 1) },
        Self.flood("STATUS on a stream that is over") { peer, _ in
            try peer.frame(.status, flags: .end, stream: 3, metadata: StatusMetadata.success)
        },
        Self.flood("empty messages on a stream that is over") { peer, _ in
            try peer.frame(.message, stream: 3)
        },
        Self.flood("credit for a stream that is over") { peer, _ in
            try peer.frame(.credit, stream: 3, body: ByteBuffer(integer: UInt32(5_000)))
        },
    ]

    /// A stream that hangs, one that is over, and then the same frame again and again.
    private static func flood(
        _ what: String, _ frame: @escaping @Sendable (RawPeer, Int) throws -> Void
    ) -> Attack {
        Attack("a flood of \(what)", counted: "enhance_calm") { peer in
            try peer.openHanging(stream: 1, flags: [])
            try peer.open("test.Nothing", stream: 3)
            for number in 0..<1_200 { try frame(peer, number) }
        }
    }
}
