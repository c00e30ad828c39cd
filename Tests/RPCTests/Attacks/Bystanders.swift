import Foundation
import Locks
import MeasurementTestSupport
import Testing

@testable import RPC

/// Callers who have nothing to do with an attack, and how long their calls take.
struct Bystanders {
    private let client: RPCClient

    init(of server: ServerProcess) { self.client = server.client("bystander") }

    /// Eight callers at a steady pace.
    ///
    /// - Parameter body: bytes that each call carries both ways.
    /// - Returns: the time that all but one in a hundred calls were within.
    func p99(
        during time: Duration, callers: Int = 8, pause: Duration = .milliseconds(1), body: Int = 100
    ) async throws -> Duration {
        let echo = Echo(body: Data(count: body))
        _ = try await self.client.call(echo)
        let end = ContinuousClock.now + time
        let times = try await withThrowingTaskGroup(of: TimeSamples.self) { group in
            for _ in 0..<callers {
                group.addTask {
                    var times = TimeSamples()
                    while ContinuousClock.now < end {
                        let start = ContinuousClock.now
                        _ = try await self.client.call(echo)
                        times.append(ContinuousClock.now - start)
                        if pause > .zero { try await Task.sleep(for: pause) }
                    }
                    return times
                }
            }
            return try await group.reduce(into: TimeSamples()) { $0.append(contentsOf: $1) }
        }
        return times.percentile(0.99)
    }

    func close() async { await self.client.close() }
}

/// Repeats an attack on a thread of its own, at a pace, until told to stop.
final class Assault: Sendable {
    private let isOver = Atomic<Bool>(false)
    private let thread = Mutex<CheckedContinuation<Void, Never>?>(nil)
    private let hasEnded = Atomic<Bool>(false)
    private let rounds = Atomic<Int>(0)

    init(_ attack: Attack, on path: String, pace: Duration) {
        Thread.detachNewThread {
            var next = ContinuousClock.now
            while !self.isOver.load(ordering: .relaxed) {
                // A socket that is refused is what an attacker has to expect.
                try? attack.run(.init(path: path, patience: .milliseconds(20)))
                self.rounds.add(1, ordering: .relaxed)
                next = max(next + pace, .now)
                Thread.sleep(forTimeInterval: ContinuousClock.now.duration(to: next).inSeconds)
            }
            let waiter = self.thread.withLock { thread in
                self.hasEnded.store(true, ordering: .relaxed)
                return thread
            }
            waiter?.resume()
        }
    }

    /// Ends it.
    ///
    /// - Returns: how often the attack was made.
    func end() async -> Int {
        self.isOver.store(true, ordering: .relaxed)
        await withCheckedContinuation { continuation in
            let hasEnded = self.thread.withLock { thread in
                if self.hasEnded.load(ordering: .relaxed) { return true }
                thread = continuation
                return false
            }
            if hasEnded { continuation.resume() }
        }
        return self.rounds.load(ordering: .relaxed)
    }
}

extension Duration {
    fileprivate var inSeconds: Double { max(0, Double(self.microseconds) / 1e6) }
}
