import Foundation
import Testing

@testable import RPC

@Suite("The four call shapes over a Unix socket", .timeLimit(.minutes(5)))
struct CallShapeTests {
    @Test("A unary call gets its reply")
    func unary() async throws {
        let service = try await TestService()
        let reply = try await service.client().call(Repeat(text: "ab", count: 3))
        #expect(reply.text == "ababab")
    }

    @Test(
        "Messages of any size up to the limit arrive whole, in both directions",
        arguments: [0, 1, 4_095, 4_096, 32_767, 32_768, 32_769, 65_536, 300_000, 4_194_000])
    func sizes(byteCount: Int) async throws {
        let service = try await TestService()
        let body = Data((0..<byteCount).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        #expect(try await service.client().call(Echo(body: body)).body == body)
    }

    @Test("A message over the limit is refused, and the connection lives on")
    func tooLarge() async throws {
        let service = try await TestService()
        let client = service.client()
        let error = await #expect(throws: RPCError.self) {
            try await client.call(Echo(body: Data(count: 5_000_000)))
        }
        #expect(error?.code == .resourceExhausted)
        #expect(try await client.call(Repeat(text: "a", count: 1)).text == "a")
        #expect(service.server.connectionCount == 1)
    }

    @Test("A server stream delivers every element in order and then ends")
    func serverStream() async throws {
        let service = try await TestService()
        var next = 0
        for try await element in try await service.client().stream(Count(upTo: 9_999)) {
            #expect(element.number == next)
            next += 1
        }
        #expect(next == 10_000)
    }

    @Test("A client stream gets one reply after its last input")
    func clientStream() async throws {
        let service = try await TestService()
        let call = try await service.client().upload(Sum())
        for number in 1...5_000 { try await call.send(Sum.Input(number: number)) }
        let reply = try await call.finish()
        #expect(reply.sum == 12_502_500)
        #expect(reply.count == 5_000)
    }

    @Test("A bidirectional stream answers each input as it comes")
    func bidirectional() async throws {
        let service = try await TestService()
        let call = try await service.client().converse(Double_())
        var answers = call.elements.makeAsyncIterator()
        for number in 0..<1_000 {
            try await call.send(Double_.Input(number: number))
            #expect(try await answers.next()?.number == number * 2)
        }
        call.finishSending()
        #expect(try await answers.next() == nil)
    }

    @Test("Sixty-four callers share one connection without mixing answers")
    func concurrency() async throws {
        let service = try await TestService()
        let client = service.client()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for caller in 0..<64 {
                group.addTask {
                    for turn in 0..<50 {
                        let text = "\(caller)-\(turn);"
                        let reply = try await client.call(Repeat(text: text, count: 2))
                        #expect(reply.text == text + text)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(service.server.connectionCount == 1)
    }

    @Test("More calls than the connection has streams wait for their turn")
    func queueing() async throws {
        let service = try await TestService()
        let client = service.client()
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<400 {
                group.addTask { try await client.call(Repeat(text: "x", count: 3)).text.count }
            }
            for try await count in group { #expect(count == 3) }
        }
    }

    @Test("Calls work over loopback TCP, from a peer that is anonymous")
    func tcp() async throws {
        let service = try await TestService()
        let (descriptor, port) = try RawPeer.listenOnLoopback()
        try await service.server.listen(descriptor: descriptor)
        let client = RPCClient([.tcp(host: "127.0.0.1", port: port)])
        #expect(try await client.call(Repeat(text: "t", count: 2)).text == "tt")
    }
}
