import Locks
import NIOCore
import RPC

/// Calls one method again and again, a fixed number of calls at a time, and measures each.
///
/// Without a rate each task calls as soon as its last call has ended (a closed loop).  With a rate,
/// calls are due at fixed times and count from when they were due, whether or not a task was free
/// then, so that a service that stalls cannot hide it (coordinated omission).
struct CallLoad: Sendable {
    /// One for each connection; tasks are spread over them.
    let clients: [RPCClient]
    let call: PreparedCall
    let inFlight: Int
    let duration: Duration
    /// Calls a second; `nil` for a closed loop.
    let rate: Double?
    let tally: CallTally

    /// A service that can't be reached or is overloaded is not asked again before this time.
    private static let pause = Duration.milliseconds(1)
    /// What is left of a longer wait for the event loop's more exact timer.
    private static let timerMargin = TimeAmount.milliseconds(20)

    /// Makes calls until the time is up or the task is cancelled.
    ///
    /// - Throws: an ``RPCError`` if there is no connection to begin with.
    func run() async throws -> CallMeasurement {
        var homes: [(eventLoop: any EventLoop, executor: any TaskExecutor)] = []
        for client in self.clients { homes.append(try await client.home()) }
        let start = NIODeadline.now()
        let end = start + .nanoseconds(Int64(clamping: self.duration.nanoseconds))
        let schedule = self.rate.map { Schedule(start: start, end: end, rate: $0) }
        await withTaskGroup { group in
            for slot in 0..<self.inFlight {
                let index = slot % self.clients.count
                let (client, home) = (self.clients[index], homes[index])
                group.addTask(executorPreference: home.executor) {
                    if let schedule {
                        await self.openLoop(client, schedule, on: home.eventLoop)
                    } else {
                        await self.closedLoop(client, until: end)
                    }
                }
            }
        }
        let elapsed = NIODeadline.now() - start
        return CallMeasurement(
            seconds: Double(elapsed.nanoseconds) / 1e9, calls: self.tally.successCount,
            unsent: schedule.map { $0.unsent(at: .now()) }, failures: self.tally.failureCounts,
            histogram: self.tally.histogram)
    }

    private func closedLoop(_ client: RPCClient, until end: NIODeadline) async {
        while !Task.isCancelled {
            let start = NIODeadline.now()
            guard start < end else { return }
            await self.makeCall(client, since: start)
        }
    }

    private func openLoop(
        _ client: RPCClient, _ schedule: Schedule, on eventLoop: any EventLoop
    ) async {
        while !Task.isCancelled, let due = schedule.next() {
            await Self.wait(until: due, on: eventLoop)
            guard !Task.isCancelled, NIODeadline.now() < schedule.end else {
                return schedule.giveBack()
            }
            await self.makeCall(client, since: due)
        }
    }

    private func makeCall(_ client: RPCClient, since start: NIODeadline) async {
        do {
            _ = try await client.send(self.call)
            self.tally.countSuccess(since: start)
        } catch let error as RPCError {
            // A call that Ctrl-C cut off says nothing about the service.
            guard !Task.isCancelled else { return }
            self.tally.count(error)
            guard error.code == .unavailable || error.code == .resourceExhausted else { return }
            // Cancelled by Ctrl-C, which the caller's loop notices.
            try? await Task.sleep(for: Self.pause)
        } catch {
            // The client throws nothing else but the cancellation.
        }
    }

    private static func wait(until due: NIODeadline, on eventLoop: any EventLoop) async {
        let time = due - .now()
        if time > self.timerMargin {
            // Cancelled by Ctrl-C, which the caller's loop notices.
            try? await Task.sleep(for: .nanoseconds((time - self.timerMargin).nanoseconds))
        }
        guard due > .now(), !Task.isCancelled else { return }
        await withCheckedContinuation { continuation in
            eventLoop.scheduleTask(deadline: due) { continuation.resume() }
        }
    }
}

/// When the calls of an open loop are due.
private final class Schedule: Sendable {
    let start: NIODeadline
    let end: NIODeadline
    private let rate: Double
    private let taken = Atomic<Int64>(0)
    private let givenBack = Atomic<Int64>(0)

    init(start: NIODeadline, end: NIODeadline, rate: Double) {
        self.start = start
        self.end = end
        self.rate = rate
    }

    /// When the next call is due; `nil` if that is after the end.
    func next() -> NIODeadline? {
        let number = self.taken.wrappingAdd(1, ordering: .relaxed).oldValue
        let due = self.due(number)
        if due < self.end { return due }
        self.taken.wrappingSubtract(1, ordering: .relaxed)
        return nil
    }

    /// Says that a call was not made.
    func giveBack() { self.givenBack.wrappingAdd(1, ordering: .relaxed) }

    /// Calls that were due and never made, because all tasks were busy with earlier ones.
    func unsent(at now: NIODeadline) -> UInt64 {
        let last = min(now, self.end)
        let due = (Double((last - self.start).nanoseconds) * self.rate / 1e9).rounded(.up)
        let made = self.taken.load(ordering: .relaxed) - self.givenBack.load(ordering: .relaxed)
        return UInt64(max(0, Int64(due) - made))
    }

    private func due(_ number: Int64) -> NIODeadline {
        self.start + .nanoseconds(Int64((Double(number) * 1e9 / self.rate).rounded()))
    }
}

extension Duration {
    fileprivate var nanoseconds: Int64 {
        let (seconds, attoseconds) = self.components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
