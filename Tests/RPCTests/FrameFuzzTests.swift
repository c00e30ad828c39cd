import Foundation
import NIOCore
import Testing
import Wire

@testable import RPC

@Suite("Random and damaged bytes from a peer", .serialized, .timeLimit(.minutes(60)))
struct FrameFuzzTests {
    @Test("Seeded streams of frames are served or refused, and nothing is kept of them")
    func frames() throws { try Self.run("frames", stream: 1) { $0.conversation(&$1) } }

    @Test("Seeded replies are taken or refused by a client, and nothing is kept of them")
    func replies() throws {
        try Self.run("replies", stream: 4, asClient: true) { $0.replies(&$1) }
    }

    @Test("Seeded handshakes are accepted or refused, and nothing is kept of them")
    func handshakes() throws { try Self.run("handshakes", stream: 2) { $0.handshake(&$1) } }

    @Test("Seeded metadata is read or refused, and nothing is kept of it")
    func metadata() throws { try Self.run("metadata", stream: 3) { $0.metadata(&$1) } }

    private static func run(
        _ name: String, stream: UInt64, asClient isClient: Bool = false,
        _ write: (inout FrameGenerator, inout ByteBuffer) -> Void
    ) throws {
        let environment = ProcessInfo.processInfo.environment
        let isHeavy = environment["STEWARD_TEST_HEAVY"] == "1"
        let seed =
            environment["STEWARD_TEST_SEED"].flatMap(UInt64.init)
            ?? .random(in: 0...UInt64(UInt32.max))
        print("\(name): STEWARD_TEST_SEED=\(seed)")
        var generator = FrameGenerator(seed: seed &+ stream &* 0x9E37_79B9_7F4A_7C15)
        var (refused, calls, replies, byteCount) = (0, 0, 0, 0)
        for _ in 0..<(isHeavy ? 60_000 : 400) {
            let subject = try FuzzSubject(asClient: isClient)
            var bytes = ByteBuffer()
            if isClient {
                bytes.writeBytes(Preface.bytes)
                generator.settings(&bytes, forClient: true)
                try subject.receive(bytes)
                subject.act(&generator)
                bytes.clear()
            }
            write(&generator, &bytes)
            byteCount += bytes.readableBytes
            while bytes.readableBytes > 0, subject.handler.phase != .closed {
                let count = min(generator.below(4_000) + 1, bytes.readableBytes)
                try subject.receive(bytes.readSlice(length: count) ?? ByteBuffer())
                subject.act(&generator)
            }
            if subject.handler.phase == .closed { refused += 1 }
            calls += subject.role.callCount
            replies += subject.role.replyCount
            let problems = try subject.problemsAfterClosing()
            #expect(problems.isEmpty, "\(problems)")
        }
        print("\(name): \(byteCount) bytes, \(calls) calls, \(refused) connections refused")
        #expect(refused > 0)
        #expect(calls > 0 || name != "frames")
        #expect(replies > 0 || !isClient)
    }
}
