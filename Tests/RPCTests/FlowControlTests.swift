import Foundation
import Locks
import NIOCore
import Testing
import Wire

@testable import RPC

@Suite("Flow control", .timeLimit(.minutes(5)))
struct FlowControlTests {
    @Test("A reader that does not read stops its sender within a window, and nobody else")
    func slowReader() async throws {
        let service = try await TestService()
        let client = service.client()
        var iterator = try await client.stream(
            Count(upTo: 100_000, padding: 10_000)
        ).makeAsyncIterator()
        #expect(try await iterator.next()?.number == 0)
        // Other calls on the same connection go on, also large ones.
        for _ in 0..<20 {
            let body = Data(count: 200_000)
            #expect(try await client.call(Echo(body: body)).body.count == 200_000)
        }
        let window = ProtocolLimits().streamWindow
        #expect(service.counter.value.load(ordering: .relaxed) <= window / 10_000 + 2)
        // Reading on resumes it.
        for expected in 1...200 { #expect(try await iterator.next()?.number == expected) }
    }

    @Test("What nobody reads is given back when its stream is dropped")
    func abandonedCredit() async throws {
        let service = try await TestService()
        let client = service.client()
        // Together these leave four times the connection's window unread.
        for _ in 0..<16 {
            let stream = try await client.stream(Count(upTo: 1_000, padding: 10_000))
            var iterator = stream.makeAsyncIterator()
            #expect(try await iterator.next()?.number == 0)
        }
        for _ in 0..<10 {
            #expect(try await client.call(Echo(body: Data(count: 500_000))).body.count == 500_000)
        }
    }

    @Test("A message larger than the window does not lock itself out")
    func largeMessage() async throws {
        var limits = ProtocolLimits()
        limits.streamWindow = 16_384
        limits.connectionWindow = 16_384
        var configuration = RPCServerConfiguration()
        configuration.limits = limits
        let service = try await TestService(configuration: configuration)
        let client = RPCClient([.unix(path: service.path)], name: "small", limits: limits)
        let body = Data(repeating: 7, count: 1_000_000)
        #expect(try await client.call(Echo(body: body)).body == body)
        #expect(try await client.call(Echo(body: body)).body == body)
    }

    @Test("An answer larger than the window frees its stream when its last byte has left")
    func largeAnswers() async throws {
        var configuration = RPCServerConfiguration()
        configuration.limits.streamCount = 1
        let service = try await TestService(configuration: configuration)
        let client = service.client()
        for _ in 0..<5 {
            #expect(try await client.call(Echo(body: Data(count: 500_000))).body.count == 500_000)
        }
        #expect(service.server.counters.refusalsByReason.isEmpty)
    }

    @Test("Credit for an answer that has left counts against nobody")
    func lateCredit() async throws {
        var configuration = RPCServerConfiguration()
        configuration.limits.nuisanceCount = 8
        let service = try await TestService(configuration: configuration)
        let client = service.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    for _ in 0..<50 {
                        let echoed = try await client.call(Echo(body: Data(count: 250_000)))
                        #expect(echoed.body.count == 250_000)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(service.server.counters.refusalsByReason.isEmpty)
    }

    @Test("A small call overtakes large ones on the same connection")
    func interleaving() async throws {
        let service = try await TestService()
        let client = service.client()
        let order = Journal()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    _ = try await client.call(
                        Echo(body: Data(count: 3_000_000)), options: .init(timeout: .seconds(200)))
                    order.record("large")
                }
            }
            group.addTask {
                _ = try await client.call(
                    Repeat(text: "a", count: 1), options: .init(timeout: .seconds(200)))
                order.record("small")
            }
            try await group.waitForAll()
        }
        #expect(order.first == "small")
    }

    @Test("A window grants exactly what was put in, up to the largest window")
    func window() {
        var window = FlowWindow(10)
        let steps = [
            window.take(10), window.take(1), window.grant(0), window.grant(5), window.take(6),
        ]
        #expect(steps == [true, false, false, true, false])
        let overflows = window.grant(FlowWindow.largest)
        #expect(!overflows)
        #expect(window.available == 5)
    }

    @Test("Credit is gathered until half a window is owed, and none of it is lost")
    func receiveWindow() {
        var window = ReceiveWindow(100)
        let received = window.receive(100)
        #expect(received)
        #expect(
            !{
                var copy = window; return copy.receive(1)
            }())
        let grants = [window.consume(49), window.consume(1), window.consume(50)]
        #expect(grants == [0, 50, 50])
        let again = window.receive(100)
        #expect(again)
    }

    @Test("A queue cuts messages into fragments whose last one ends the stream")
    func fragments() throws {
        var queue = OutgoingQueue()
        queue.append(
            OutgoingMessage(
                type: .open, metadata: ByteBuffer(string: "m"),
                body: ByteBuffer(string: "abcdefg"), endsStream: true))
        var frames: [(FrameType, FrameFlags, Bool, String)] = []
        while let fragment = queue.nextFragment(upTo: 3) {
            frames.append(
                (
                    fragment.type, fragment.flags, fragment.metadata != nil,
                    String(buffer: fragment.body)
                ))
        }
        #expect(frames.map(\.0) == [.open, .message, .message])
        #expect(frames.map(\.1) == [.more, .more, .end])
        #expect(frames.map(\.2) == [true, false, false])
        #expect(frames.map(\.3).joined() == "abcdefg")
    }
}
