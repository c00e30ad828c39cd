import Foundation
import Glibc
import NIOCore
import ProcessTestSupport
import RPCTestServer
import Testing
import Wire

@testable import RPC

@Suite(
    "Attacks are refused and counted; others are served, and nothing is kept", .serialized,
    .timeLimit(.minutes(5)))
struct AttackTests {
    @Test("An attack is refused for its reason, and leaves nothing behind", arguments: Attack.all)
    func refused(attack: Attack) async throws {
        var configuration = RPCServerConfiguration()
        attack.limits(&configuration.limits)
        let service = try await TestService(configuration: configuration)
        try await Self.besides(service) {
            let target = Attack.Target(path: service.path, patience: .seconds(10))
            try await onThread { try attack.run(target) }
        }
        #expect(service.server.counters.refusalsByReason[attack.reason, default: 0] >= 1)
        try await Self.expectNothingKept(service)
    }

    @Test("Descriptors sent along are dropped, and the call they came with is served")
    func descriptors() async throws {
        let service = try await TestService()
        let peer = try RawPeer(path: service.path)
        try peer.shakeHands()
        let pair = try Self.pipe()
        defer { close(pair.reading) }
        peer.write(byte: 0, attaching: [CInt](repeating: pair.writing, count: 200))
        // The rest of a header: a PING.
        peer.write(ByteBuffer(bytes: [0, 0, 8, 3, 0, 0, 0] + [UInt8](repeating: 0, count: 16)))
        try peer.openHanging(stream: 1)
        _ = await service.journal.event("hang began raw")
        // Once ours is closed the pipe ends: the server holds none of the 200 that it got.
        close(pair.writing)
        let end = try await onThread {
            var wish = pollfd(fd: pair.reading, events: Int16(POLLIN), revents: 0)
            poll(&wish, 1, 10_000)
            var byte: UInt8 = 0
            return read(pair.reading, &byte, 1)
        }
        #expect(end == 0)
    }

    @Test("Connections beyond a user's share are closed at once, and the share is given back")
    func storm() async throws {
        var configuration = RPCServerConfiguration()
        configuration.connectionCountPerUID = 20
        let service = try await TestService(configuration: configuration)
        try await Self.besides(service) {
            for _ in 0..<3 {
                try await onThread {
                    let peers = try (0..<100).map { _ in try RawPeer(path: service.path) }
                    for peer in peers { try peer.shakeHands() }
                    // They are accepted in order.
                    for peer in peers.suffix(70) { peer.waitUntilClosed(atMost: .seconds(10)) }
                }
            }
        }
        let counted = service.server.counters.refusalsByReason["too_many_connections_of_uid"]
        #expect(counted ?? 0 >= 3 * 70)
        try await Self.expectNothingKept(service)
    }

    @Test("A server whose descriptors are used up serves whom it has, and accepts again later")
    func descriptorsUsedUp() async throws {
        let server = try await ServerProcess.start(descriptors: 64)
        let client = server.client()
        #expect(try await client.call(ReadCounts()).connections == 1)
        let peers = try await onThread { try (0..<100).map { _ in try RawPeer(path: server.path) } }
        try await eventually("the failure to accept is counted") {
            try await client.call(ReadCounts()).refusals["accept_failed", default: 0] > 0
        }
        for peer in peers { try peer.shakeHands() }
        for _ in 0..<20 { _ = try await client.call(ReadCounts()) }
        for peer in peers { peer.hangUp() }
        let second = server.client()
        #expect(try await second.call(ReadCounts()).refusals["accept_failed", default: 0] < 1_000)
        await server.stop()
    }

    @Test("A key of one endless character is named in an answer of few bytes")
    func endlessCharacter() async throws {
        let service = try await TestService()
        let key = "a" + String(repeating: "\u{301}", count: 25_000)
        let error = await #expect(throws: RPCError.self) {
            let call = try await service.client().open(
                method: "test.Fail", options: .init(timeout: .seconds(30)),
                request: try RPCClient.encode([key: 1]), endsSending: true)
            _ = try await call.next()
        }
        #expect(error?.reason == "rpc.message_invalid")
        #expect(error?.message.utf8.count ?? .max < 2_000)
        #expect(try await service.client().call(Repeat(text: "a", count: 1)).text == "a")
    }

    @Test("An error that quotes its request fits into a frame")
    func longError() throws {
        let long = String(repeating: "é", count: 100_000)
        let error = RPCError(
            .notFound, reason: "test.missing", message: long, details: [long: long])
        let status = try CBOREncoder().encode(StatusMetadata(error))
        #expect(status.readableBytes < 2_000)
        #expect("short".shortened == "short")
    }

    @Test("What a call says of itself is refused by its client when it is too long for the server")
    func longMetadata() async throws {
        let service = try await TestService()
        let client = service.client()
        let options = CallOptions(token: String(repeating: "t", count: 100_000))
        let error = await #expect(throws: RPCError.self) {
            try await client.call(Repeat(text: "a", count: 1), options: options)
        }
        #expect(error?.reason == "rpc.metadata_too_large")
        #expect(try await client.call(Repeat(text: "a", count: 1)).text == "a")
    }

    @Test("A peer that accepts only small frames gets small frames")
    func smallFrames() async throws {
        let service = try await TestService()
        let peer = try RawPeer(path: service.path)
        try peer.shakeHands {
            $0.frameBytes = 1_024
            $0.streamWindow = 100_000
        }
        let body = try CBOREncoder().encode(Echo.Reply(body: Data(count: 50_000)))
        try peer.open("rpc.Echo", stream: 1, body: body)
        let frames = try await onThread { try peer.frames(untilEndOf: 1) }
        let messages = frames.filter { $0.type == .message }
        #expect(messages.allSatisfy { $0.body.readableBytes <= 1_024 })
        #expect(messages.reduce(0) { $0 + $1.body.readableBytes } == body.readableBytes)
    }

    @Test("Calls given up before their request was whole, or their answer taken, leave no stream")
    func givenUp() async throws {
        var configuration = RPCServerConfiguration()
        configuration.limits.streamCount = 3
        let service = try await TestService(configuration: configuration)
        let peer = try RawPeer(path: service.path)
        try peer.shakeHands { $0.streamWindow = 1_024 }
        let large = try CBOREncoder().encode(Echo.Reply(body: Data(count: 5_000)))
        var error = StatusMetadata(code: 1)
        error.reason = "test.given_up"
        for stream in stride(from: UInt64(1), through: 39, by: 6) {
            try peer.open("test.Hang", stream: stream, flags: .more)
            try peer.frame(.reset, stream: stream, metadata: error)
            try peer.open("test.Hang", stream: stream + 2, flags: .more)
            try peer.frame(.status, flags: .end, stream: stream + 2, metadata: error)
            try peer.open("rpc.Echo", stream: stream + 4, body: large)
            // The answer begins to arrive: its handler is through, and the rest lacks credit.
            _ = try await onThread { try peer.frames(untilFirstOf: stream + 4) }
            try peer.frame(.reset, stream: stream + 4, metadata: error)
        }
        try peer.openHanging(stream: 101)
        _ = await service.journal.event("hang began raw")
        #expect(service.server.counters.refusalsByReason.isEmpty)
    }

    @Test("A deadline that passes while the answer waits for credit is told to the caller")
    func lateAnswer() async throws {
        let service = try await TestService()
        let peer = try RawPeer(path: service.path)
        try peer.shakeHands { $0.streamWindow = 1_024 }
        let large = try CBOREncoder().encode(Echo.Reply(body: Data(count: 5_000)))
        try peer.open("rpc.Echo", stream: 1, body: large, timeout: 300_000)
        let last = try await onThread { try peer.frames(untilEndOf: 1).last }
        let status = try CBORDecoder().decode(
            StatusMetadata.self, from: try #require(last).metadata)
        #expect(status.code == RPCErrorCode.deadlineExceeded.rawValue)
    }

    @Test("A writer that is always within some frame is no slow writer of one")
    func alwaysWithinAFrame() throws {
        let subject = try FuzzSubject()
        var bytes = ByteBuffer(bytes: Preface.bytes)
        try FrameGenerator(seed: 0).hello(&bytes)
        let ping = ByteBuffer(repeating: 1, count: 8)
        for _ in 0..<2 { bytes.writeFrame(type: .ping, stream: 0, body: ping) }
        try subject.receive(bytes.readSlice(length: bytes.readableBytes - 30) ?? ByteBuffer())
        let first = try #require(subject.handler.partialFrameSince)
        try subject.receive(bytes.readSlice(length: 2) ?? ByteBuffer())
        #expect(subject.handler.partialFrameSince == first)
        try subject.receive(bytes.readSlice(length: 10) ?? ByteBuffer())
        let second = try #require(subject.handler.partialFrameSince)
        #expect(second > first)
        try subject.receive(bytes)
        #expect(subject.handler.partialFrameSince == nil)
    }

    @Test("Memory is lent to connections in portions, up to its bound, and comes back whole")
    func memoryBudget() {
        let budget = MemoryBudget(3 * MemoryBudget.portion)
        var first = HeldMemory(limit: .max, budget: budget)
        var second = HeldMemory(limit: 1_000, budget: budget)
        let answers = [
            first.hold(1), first.hold(MemoryBudget.portion), second.hold(1_000), second.hold(1),
            first.hold(MemoryBudget.portion),
        ]
        #expect(answers == [true, true, true, false, false])
        #expect(budget.takenByteCount == 3 * MemoryBudget.portion)
        first.release(2 * MemoryBudget.portion + 1)
        #expect(budget.takenByteCount == 2 * MemoryBudget.portion)
        first.releaseAll()
        second.releaseAll()
        #expect(budget.takenByteCount == 0)
    }

    // MARK: What every attack is held against

    /// Runs something while others call, none of whose calls may fail.
    private static func besides(
        _ service: TestService, _ work: @escaping @Sendable () async throws -> Void
    ) async throws {
        let client = service.client()
        let isOver = Flag()
        _ = try await client.call(Repeat(text: "before", count: 1))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<3 {
                group.addTask {
                    while !isOver.isSet {
                        let text = "bystander \(number)"
                        let reply = try await client.call(Repeat(text: text, count: 1))
                        #expect(reply.text == text)
                        try await Task.sleep(for: .milliseconds(1))
                    }
                }
            }
            defer { isOver.set() }
            try await work()
        }
        await client.close()
    }

    /// Expects that connections, handlers and memory are all given back.
    private static func expectNothingKept(_ service: TestService) async throws {
        try await eventually("all connections are closed") { service.server.connectionCount == 0 }
        try await eventually("all handlers have ended") {
            service.journal.count("hang began") == service.journal.count("hang ended")
        }
        #expect(service.server.heldByteCount == 0)
    }

    private static func pipe() throws -> (reading: CInt, writing: CInt) {
        var ends: [CInt] = [0, 0]
        guard Glibc.pipe(&ends) == 0 else { throw TestFailure("no pipe: \(errno)") }
        return (ends[0], ends[1])
    }
}
