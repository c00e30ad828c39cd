import Foundation
import Glibc
import Locks
import MeasurementTestSupport
import ProcessTestSupport
import RPCTestServer
import Testing

@testable import RPC

@Suite("A server under load, for long and across restarts", .serialized, .timeLimit(.minutes(60)))
struct ServerLoadTests {
    private static let isHeavy = ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] == "1"

    @Test("Memory stays flat over 1,000,000 calls")
    func calls() async throws {
        let server = try await ServerProcess.start()
        let client = server.client()
        let (rounds, calls) = Self.isHeavy ? (10, 100_000) : (2, 500)
        var sizes: [Int] = []
        for _ in 0..<rounds {
            try await Self.call(client, times: calls)
            sizes.append(try server.residentKilobytes())
        }
        print("LOAD \(rounds * calls) calls: resident KiB \(sizes)")
        let counts = try await client.call(ReadCounts())
        #expect(counts.refusals.isEmpty && counts.heldByteCount == 0)
        guard Self.isHeavy else { return }
        // What the allocator takes at first is not growth.
        #expect(sizes[9] - sizes[2] < 2_048)
    }

    @Test("Memory and descriptors stay flat over 10,000 connects")
    func connects() async throws {
        let server = try await ServerProcess.start()
        let (rounds, connects) = Self.isHeavy ? (10, 1_000) : (2, 20)
        var (sizes, files): ([Int], [Int]) = ([], [])
        for _ in 0..<rounds {
            for _ in 0..<(connects / 10) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for _ in 0..<10 {
                        group.addTask {
                            let client = server.client()
                            _ = try await client.call(Echo(body: Data([1])))
                            await client.close()
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let client = server.client()
            try await eventually("all connections are closed") {
                try await client.call(ReadCounts()).connections == 1
            }
            sizes.append(try server.residentKilobytes())
            files.append(try server.descriptorCount())
            await client.close()
        }
        print("LOAD \(rounds * connects) connects: resident KiB \(sizes), descriptors \(files)")
        #expect(files.last == files.first)
        guard Self.isHeavy else { return }
        #expect(sizes[9] - sizes[2] < 2_048)
    }

    @Test("1,024 idle connections cost those that are busy little")
    func idle() async throws {
        let server = try await ServerProcess.start()
        let bystanders = Bystanders(of: server)
        let time = Duration.milliseconds(Self.isHeavy ? 1_000 : 50)
        var (alone, beside) = (TimeSamples(), TimeSamples())
        _ = try await bystanders.p99(during: time, callers: 64, pause: .zero)
        for _ in 0..<(Self.isHeavy ? 5 : 1) {
            alone.append(try await bystanders.p99(during: time, callers: 64, pause: .zero))
            let idle = try await onThread {
                try (0..<(Self.isHeavy ? 1_024 : 50)).map { _ in
                    let peer = try RawPeer(path: server.path)
                    try peer.shakeHands()
                    return peer
                }
            }
            beside.append(try await bystanders.p99(during: time, callers: 64, pause: .zero))
            for peer in idle { peer.hangUp() }
        }
        let ratio = beside.median / alone.median
        print(
            "LOAD idle connections: p99 alone \(alone.median.microseconds) µs,",
            "beside \(beside.median.microseconds) µs, ratio \(ratio)")
        if Self.isHeavy { #expect(ratio <= 2) }
        await bystanders.close()
    }

    @Test("A server that is told to stop under load, and started again, fails no call")
    func restart() async throws {
        let path = TestService.temporaryPath()
        defer { unlink(path) }
        var server = try await ServerProcess.start(at: path)
        let client = server.client()
        let isOver = Flag()
        let served = ServedCalls()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<64 {
                group.addTask {
                    while !isOver.isSet {
                        let reply = try await client.call(
                            Linger(milliseconds: number % 8 * 5),
                            options: .init(timeout: .seconds(30)))
                        served.count(reply.process)
                    }
                }
            }
            defer { isOver.set() }
            for _ in 0..<(Self.isHeavy ? 5 : 2) {
                let process = server.process.id
                try await eventually("this process serves", within: .seconds(30)) {
                    served.number(of: process) > 200
                }
                await server.stop()
                // The time in which nobody is there.
                if Self.isHeavy { try await Task.sleep(for: .seconds(2)) }
                server = try await ServerProcess.start(at: path)
            }
            let process = server.process.id
            try await eventually("the last process serves", within: .seconds(30)) {
                served.number(of: process) > 200
            }
        }
        print("LOAD restarts: \(served.numbers) calls, none failed")
    }

    private static func call(_ client: RPCClient, times: Int) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<64 {
                group.addTask {
                    let echo = Echo(body: Data(count: 100))
                    for _ in 0..<(times / 64) { _ = try await client.call(echo) }
                }
            }
            try await group.waitForAll()
        }
    }
}

/// How many calls each process answered.
private final class ServedCalls: Sendable {
    private let byProcess = Mutex<[Int32: Int]>([:])

    func count(_ process: Int32) { self.byProcess.withLock { $0[process, default: 0] += 1 } }
    func number(of process: Int32) -> Int { self.byProcess.withLock { $0[process, default: 0] } }
    var numbers: [Int] { self.byProcess.withLock { $0.values.sorted() } }
}
