import Foundation
import NIOCore
import Wire

@testable import RPC

extension Attack {
    /// Games with credit.
    static let windows = [
        Attack("more than the window allows", counted: "flow_control") {
            try $0.openHanging(stream: 1, flags: [])
            for _ in 0..<6 {
                try $0.frame(.message, stream: 1, body: ByteBuffer(repeating: 0, count: 60_000))
            }
        },
        Attack("a credit of nothing", counted: "flow_control") {
            try $0.frame(.credit, body: ByteBuffer(integer: UInt32(0)))
        },
        Attack("credit beyond the largest window", counted: "flow_control") {
            try $0.frame(.credit, body: ByteBuffer(integer: UInt32.max))
        },
        Attack("a stream's credit beyond the largest window", counted: "flow_control") {
            try $0.openHanging(stream: 1)
            for _ in 0..<3 {
                try $0.frame(.credit, stream: 1, body: ByteBuffer(integer: UInt32(1) << 30))
            }
        },
        Attack(
            "a reader that takes credit and never reads", counted: "slow_peer",
            limits: {
                $0.frameTimeout = .milliseconds(50)
                $0.keepaliveInterval = .milliseconds(60)
                $0.keepaliveTimeout = .milliseconds(60)
            },
            settings: {
                $0.streamWindow = UInt32(FlowWindow.largest)
                $0.connectionWindow = UInt32(FlowWindow.largest)
            }
        ) { peer in
            try peer.open(
                "test.Count", stream: 1,
                body: try CBOREncoder().encode(["upTo": Int.max, "padding": 30_000]))
            peer.waitWithoutReading(atMost: .seconds(10))
        },
        Attack(
            "a caller that never reads what it is refused", counted: "slow_peer",
            limits: { $0.controlBacklogByteCount = 32_768 }
        ) { peer in
            for stream in stride(from: UInt64(1), through: 200_001, by: 2) {
                var bytes = ByteBuffer()
                bytes.writeFrame(
                    type: .open, flags: .end, stream: stream,
                    metadata: try CBOREncoder().encode(OpenMetadata(method: "test.Nothing")))
                guard peer.write(bytes) else { return }
            }
        },
        Attack(
            "a caller that takes none of its large answers", counted: "memory_budget",
            limits: { $0.heldByteCount = 300_000 },
            settings: { $0.streamWindow = 1_024 }
        ) { peer in
            let body = try CBOREncoder().encode(Echo.Reply(body: .init(count: 40_000)))
            for stream in stride(from: UInt64(1), through: 31, by: 2) {
                try peer.open("rpc.Echo", stream: stream, body: body)
            }
            peer.waitUntilClosed(atMost: .milliseconds(100))
        },
        Attack(
            "tiny messages that nobody reads", counted: "memory_budget",
            limits: { $0.heldByteCount = 1_000_000 }
        ) { peer in
            try peer.openHanging(stream: 1, flags: [])
            for _ in 0..<5_000 {
                try peer.frame(.message, stream: 1, body: ByteBuffer(integer: UInt8(0)))
            }
            peer.waitUntilClosed(atMost: .milliseconds(100))
        },
    ]

    /// Games with fragments.
    static let fragments = [
        Attack(
            "a message without end", counted: "message_too_large",
            limits: { $0.messageByteCount = 100_000 }
        ) { peer in
            try peer.openHanging(stream: 1, flags: [])
            for _ in 0..<3 {
                try peer.frame(
                    .message, flags: .more, stream: 1,
                    body: ByteBuffer(repeating: 0, count: 50_000))
            }
            peer.waitUntilClosed(atMost: .milliseconds(100))
        },
        Attack(
            "many half messages", counted: "reassembly_budget",
            limits: { $0.reassemblyByteCount = 100_000 }
        ) { peer in
            for stream in stride(from: UInt64(1), through: 13, by: 2) {
                try peer.open(
                    "test.Hang", stream: stream, flags: .more,
                    body: ByteBuffer(repeating: 0, count: 20_000))
            }
            peer.waitUntilClosed(atMost: .milliseconds(100))
        },
        Attack("empty fragments", counted: "unexpected_frame") {
            try $0.openHanging(stream: 1, flags: [])
            try $0.frame(.message, flags: .more, stream: 1)
        },
        Attack("a final fragment that goes on", counted: "unexpected_frame") {
            try $0.open("test.Hang", stream: 1, flags: [.more, .end])
        },
        Attack("success in the middle of a message", counted: "unexpected_frame") {
            try $0.open("test.Hang", stream: 1, flags: .more)
            try $0.frame(.status, flags: .end, stream: 1, metadata: StatusMetadata.success)
        },
        Attack("a message after the end", counted: "unexpected_frame") {
            try $0.openHanging(stream: 1)
            try $0.frame(.message, stream: 1, body: ByteBuffer(bytes: [0xa0]))
        },
    ]

    /// Games with the numbers of streams.
    static let streams = [
        Attack("an even stream", counted: "stream_id") { try $0.openHanging(stream: 2) },
        Attack("stream 0", counted: "stream_id") { try $0.openHanging(stream: 0) },
        Attack("a stream twice", counted: "stream_id") {
            try $0.openHanging(stream: 5)
            try $0.openHanging(stream: 5)
        },
        Attack("a lower stream after the highest", counted: "stream_id") {
            try $0.openHanging(stream: .max)
            try $0.openHanging(stream: .max - 2)
        },
        Attack("a message on a stream that never was", counted: "stream_id") {
            try $0.frame(.message, stream: 7, body: ByteBuffer(bytes: [0xa0]))
        },
        Attack("credit for a stream that never was", counted: "stream_id") {
            try $0.frame(.credit, stream: 7, body: ByteBuffer(integer: UInt32(5_000)))
        },
    ]

    /// Who speaks something else.
    static let foreigners = [
        "GET / HTTP/1.1\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\u{0}", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "{\"method\":\"io.systemd\"}\u{0}",
    ].map { text in
        Attack("another protocol, \(text.debugDescription)", counted: "wrong_protocol") { target in
            let peer = try RawPeer(path: target.path)
            peer.write(ByteBuffer(string: text))
            peer.waitUntilClosed(atMost: target.patience)
        }
    }
}
