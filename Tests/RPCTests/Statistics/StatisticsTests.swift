import Foundation
import NIOCore
import Testing
import Wire

@testable import RPC

@Suite("Statistics", .timeLimit(.minutes(1)))
struct StatisticsTests {
    private func method(
        _ name: String, in reply: ReadStatistics.Reply
    ) throws -> MethodStatistics {
        try #require(reply.methods.first { $0.method == name })
    }

    @Test("Calls are counted by method, and their errors by code")
    func calls() async throws {
        let service = try await TestService()
        let client = service.client()
        for _ in 0..<3 { _ = try await client.call(Repeat(text: "a", count: 1)) }
        for code: UInt8 in [5, 5, 7, 99] {
            await #expect(throws: RPCError.self) { try await client.call(Fail(code: code)) }
        }
        let reply = try await client.call(ReadStatistics())
        let repeats = try self.method("test.Repeat", in: reply)
        #expect(repeats.calls == 3 && repeats.errors.isEmpty)
        let latency = try #require(repeats.latencyMicroseconds)
        #expect(latency.p50 > 0 && latency.p50 <= latency.p99 && latency.p99 <= latency.max)
        let fails = try self.method("test.Fail", in: reply)
        #expect(fails.calls == 4)
        #expect(
            Set(fails.errors.map { "\($0.count) \($0.code)" }) == [
                "2 not_found", "1 permission_denied", "1 unknown",
            ])
        let untouched = try self.method("test.Hang", in: reply)
        #expect(untouched.calls == 0 && untouched.latencyMicroseconds == nil)
    }

    @Test("Names that callers make up are counted together and never shown")
    func unknownMethods() async throws {
        let service = try await TestService()
        let client = service.client()
        for number in 0..<5 {
            let call = try await client.open(
                method: "test.Invented\(number)", options: .init(), request: ByteBuffer(),
                endsSending: true)
            await #expect(throws: RPCError.self) { try await call.next() }
        }
        let reply = try await client.call(ReadStatistics())
        #expect(reply.unknownMethodCalls == 5)
        #expect(!reply.methods.contains { $0.method.contains("Invented") })
    }

    @Test("A call that ran out of time counts as that, not as its handler's cancellation")
    func deadline() async throws {
        let service = try await TestService()
        let peer = try RawPeer(path: service.path)
        try peer.shakeHands()
        // A caller without a clock of its own, so that it is the server's that runs out.
        try peer.frame(
            .open, flags: .end, stream: 1,
            metadata: OpenMetadata(method: "test.Hang", timeout: 20_000),
            body: try CBOREncoder().encode(Hang(name: "a")))
        let client = service.client()
        var hang = try self.method("test.Hang", in: try await client.call(ReadStatistics()))
        while hang.calls == 0 {
            hang = try self.method("test.Hang", in: try await client.call(ReadStatistics()))
        }
        #expect(hang.errors == [ErrorCount(code: "deadline_exceeded", count: 1)])
    }

    @Test("Frames and bytes are counted in both directions")
    func traffic() async throws {
        let service = try await TestService()
        let client = service.client()
        let before = try await client.call(ReadStatistics()).connections
        for _ in 0..<3 { _ = try await client.call(Repeat(text: "abc", count: 100)) }
        let after = try await client.call(ReadStatistics()).connections
        #expect(after.framesIn - before.framesIn == 4)
        #expect(after.framesOut - before.framesOut == 4)
        // Sixteen bytes of header each, and three replies of three hundred letters.
        #expect(after.bytesIn - before.bytesIn > 4 * 16)
        #expect(after.bytesOut - before.bytesOut > 4 * 16 + 3 * 300)
    }

    @Test("Open connections and streams come and go, the total stays")
    func gauges() async throws {
        let service = try await TestService()
        let client = service.client()
        let other = service.client()
        let hanging = Task { try await other.call(Hang(name: "a")) }
        _ = await service.journal.event("hang began a")
        let during = try await client.call(ReadStatistics()).connections
        #expect(during.open == 2 && during.total == 2 && during.streamsOpen == 2)
        hanging.cancel()
        _ = await service.journal.event("hang ended a")
        let after = try await other.call(ReadStatistics()).connections
        #expect(after.open == 2 && after.streamsOpen == 1)
        await other.close()
        await service.server.waitForConnections(1)
        let end = try await client.call(ReadStatistics()).connections
        #expect(end.open == 1 && end.total == 2 && end.streamsOpen == 1)
    }

    @Test("Every limit is listed, and counted when it is enforced")
    func refusals() async throws {
        let service = try await TestService()
        let client = service.client()
        let before = try await client.call(ReadStatistics()).refusals
        #expect(before.allSatisfy { $0.count == 0 })
        #expect(
            Set(before.map(\.reason)).isSuperset(of: [
                "handshake_timeout", "frame_timeout", "frame_too_large", "metadata_too_large",
                "message_too_large", "too_many_streams", "flow_control", "reassembly_budget",
                "enhance_calm", "too_many_connections", "too_many_connections_of_uid",
            ]))
        let foreign = try RawPeer(path: service.path)
        foreign.write(ByteBuffer(string: "GET / HTTP/1.1\r\n\r\n"))
        #expect(try await foreign.framesUntilClosed().isEmpty)
        let large = try RawPeer(path: service.path)
        try large.shakeHands()
        large.write(
            ByteBuffer(bytes: [0xFF, 0xFF, 0xFF, 0xFF, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]))
        #expect(try await large.reasonForClosing() == "frame_too_large")
        let after = try await client.call(ReadStatistics()).refusals
        #expect(after.first { $0.reason == "frame_too_large" }?.count == 1)
        #expect(after.first { $0.reason == "wrong_protocol" }?.count == 1)
        #expect(after.reduce(0) { $0 + $1.count } == 2)
    }

    @Test("Statistics are for operators")
    func access() async throws {
        let service = try await TestService(peerNames: ["conversations"])
        let client = service.client()
        let error = await #expect(throws: RPCError.self) { try await client.call(ReadStatistics()) }
        #expect(error?.code == .permissionDenied)
        #expect(ReadStatistics.contract.access == .peers(["operator"]))
    }

    @Test("They tell what the process is and takes, and what its database's connections do")
    func process() async throws {
        let database = DatabaseFigures(
            isDown: false, pipelinedConnections: 1, exclusiveConnections: 2, idleConnections: 3,
            readsInFlight: 4, waitingCalls: 5, refusedCalls: 6, expiredCalls: 7,
            connectionsOpened: 8, connectionsFailed: 9, connectionsLost: 10, cancelRequests: 11,
            lastConnectionError: "no")
        let service = try await TestService(database: database)
        let client = service.client()
        let reply = try await client.call(ReadStatistics())
        #expect(reply.service == "test" && reply.build == "1.0")
        #expect(reply.startedAt <= Date())
        #expect(reply.database == database)
        #expect(reply.process.processID == Int64(getpid()))
        #expect(reply.process.anonymousBytes > 0 && reply.process.threads > 0)
        #expect(
            reply.process.residentBytes >= reply.process.anonymousBytes + reply.process.fileBytes)
        #expect(reply.process.openFiles > 3)
        #expect(reply.process.userMicroseconds > 0)
        #expect(try await client.call(ReadStatistics()).instance == reply.instance)
        #expect(try await TestService().client().call(ReadStatistics()).database == nil)
    }

    @Test("The kernel's figures are read as proc(5) writes them")
    func status() {
        let facts = ProcessStatistics.facts(
            in: "Name:\tswift\nVmRSS:\t    5120 kB\nRssAnon:\t 1024 kB\nThreads:\t7\nEmpty:\n")
        #expect(facts == ["VmRSS": 5_120, "RssAnon": 1_024, "Threads": 7])
    }
}

extension RPCServer {
    /// Returns once this many connections are open.
    fileprivate func waitForConnections(_ count: Int) async {
        while self.connectionCount != count { await Task.yield() }
    }
}
