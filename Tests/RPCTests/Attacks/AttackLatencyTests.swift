import Foundation
import Glibc
import MeasurementTestSupport
import NIOCore
import ProcessTestSupport
import RPCTestServer
import Testing
import Wire

@testable import RPC

@Suite(
    "What bystanders feel of an attack, and what it costs in memory", .serialized,
    .enabled(if: ProcessInfo.processInfo.environment["STEWARD_TEST_HEAVY"] == "1"),
    .timeLimit(.minutes(60)))
struct AttackLatencyTests {
    private static let time = Duration.milliseconds(400)

    /// One of each kind, made again and again.
    private static let assaults: [(Attack, pace: Duration)] = {
        let byName = Dictionary(uniqueKeysWithValues: Attack.all.map { ($0.name, $0) })
        return [
            "a writer that stops in the preface", "a writer that stops in HELLO",
            "a writer that stops in a header", "a writer that drips a body", "a length of 4 GiB",
            "metadata 8,000 arrays deep", "OPEN and RESET in turn",
            "OPENs beyond the limit, which the server has to refuse", "a flood of PINGs",
            "a flood of tiny CREDITs", "a flood of empty messages", "a stream twice",
            "more than the window allows", "many half messages",
            "another protocol, \"GET / HTTP/1.1\\r\\n\\r\\n\"",
        ].map { (byName[$0]!, .milliseconds(4)) } + [
            (Self.storm, .milliseconds(250)), (Self.slowReaders, .milliseconds(50)),
            (Self.deepBodies, .milliseconds(4)),
        ]
    }()

    private static let storm = Attack("1,000 connect at once", counted: "-") { target in
        let peers = try (0..<1_000).map { _ in try RawPeer(path: target.path) }
        for peer in peers { try peer.shakeHands() }
    }

    private static let slowReaders = Attack("20 readers that never read", counted: "-") { target in
        let peers = try (0..<20).map { _ in try RawPeer(path: target.path) }
        for peer in peers {
            try peer.shakeHands()
            let body = try CBOREncoder().encode(["byteCount": 16_384])
            try peer.open("test.Pour", stream: 1, body: body)
        }
        peers[0].waitWithoutReading(atMost: target.patience)
    }

    private static let deepBodies = Attack("requests 60,000 arrays deep", counted: "-") { target in
        let peer = try RawPeer(path: target.path)
        try peer.shakeHands()
        let body = ByteBuffer(repeating: 0x81, count: 60_000)
        for stream in stride(from: UInt64(1), through: 7, by: 2) {
            try peer.open("test.Hang", stream: stream, body: body)
        }
        peer.waitUntilClosed(atMost: .milliseconds(2))
    }

    @Test("Bystanders' p99 stays within twice the normal, or 5 ms above it", arguments: assaults)
    func latency(attack: Attack, pace: Duration) async throws {
        let server = try await ServerProcess.start()
        let sink = try await ServerProcess.start("sink")
        let bystanders = Bystanders(of: server)
        _ = try await bystanders.p99(during: .milliseconds(300))
        let before = try server.residentKilobytes()
        var (normal, attacked, rounds) = (TimeSamples(), TimeSamples(), 0)
        for _ in 0..<5 {
            // Normal is what the attacker's own use of the processor leaves.
            var assault = Assault(attack, on: sink.path, pace: pace)
            normal.append(try await bystanders.p99(during: Self.time))
            _ = await assault.end()
            assault = Assault(attack, on: server.path, pace: pace)
            attacked.append(try await bystanders.p99(during: Self.time))
            rounds += await assault.end()
        }
        try await Self.report(attack.name, normal, attacked, rounds, server, before: before)
    }

    @Test("Bystanders do not feel readers whose processes are stopped")
    func stoppedProcesses() async throws {
        let server = try await ServerProcess.start()
        let sink = try await ServerProcess.start("sink")
        let bystanders = Bystanders(of: server)
        _ = try await bystanders.p99(during: .milliseconds(300))
        let before = try server.residentKilobytes()
        var (normal, attacked) = (TimeSamples(), TimeSamples())
        for path in [sink.path, server.path] {
            var readers: [ServerProcess] = []
            for _ in 0..<8 { readers.append(try await ServerProcess.start("read", at: path)) }
            try await Task.sleep(for: .milliseconds(500))
            for reader in readers { reader.process.send(signal: SIGSTOP) }
            for _ in 0..<5 {
                let p99 = try await bystanders.p99(during: Self.time)
                if path == sink.path { normal.append(p99) } else { attacked.append(p99) }
            }
            if path == server.path {
                try await eventually("the stopped readers are given up", within: .seconds(60)) {
                    let counts = try await server.client().call(ReadCounts())
                    return counts.refusals["slow_peer", default: 0]
                        + counts.refusals["keepalive", default: 0] == 8
                }
            }
            for reader in readers { reader.process.send(signal: SIGKILL) }
        }
        try await Self.report("8 stopped processes", normal, attacked, 5, server, before: before)
    }

    @Test("Bystanders do not feel it when the server's descriptors are used up")
    func descriptorsUsedUp() async throws {
        let server = try await ServerProcess.start(descriptors: 256)
        let sink = try await ServerProcess.start("sink")
        let bystanders = Bystanders(of: server)
        _ = try await bystanders.p99(during: .milliseconds(300))
        let before = try server.residentKilobytes()
        var (normal, attacked) = (TimeSamples(), TimeSamples())
        for _ in 0..<5 {
            for target in [sink, server] {
                let path = target.path
                let peers = try await onThread {
                    try (0..<300).map { _ in try RawPeer(path: path) }
                }
                let p99 = try await bystanders.p99(during: Self.time)
                if target === sink { normal.append(p99) } else { attacked.append(p99) }
                for peer in peers { peer.hangUp() }
            }
        }
        let counts = try await server.client().call(ReadCounts())
        #expect(counts.refusals["accept_failed", default: 0] > 0)
        try await Self.report("descriptors used up", normal, attacked, 5, server, before: before)
    }

    /// Prints the medians, and expects what the suite promises.
    private static func report(
        _ name: String, _ normal: TimeSamples, _ attacked: TimeSamples, _ rounds: Int,
        _ server: ServerProcess, before: Int
    ) async throws {
        let (calm, busy) = (normal.median, attacked.median)
        let refusals = try await server.client().call(ReadCounts()).refusals
        let grown = try server.residentKilobytes() - before
        let ratio = (busy / calm * 100).rounded() / 100
        print(
            "ATTACK \(name): p99 normal \(calm.microseconds) µs,",
            "attacked \(busy.microseconds) µs, ratio \(ratio);",
            "\(rounds) rounds; \(grown) KiB more; \(refusals)")
        #expect(busy <= max(calm * 2, calm + .milliseconds(5)))
        #expect(grown < 64 * 1_024)
    }
}
