import IdentityAPI
import Locks
import Logging
import ServiceKit
import Testing

@Suite("Following identity", .timeLimit(.minutes(1)))
struct AccessFollowerTests {
    private struct Broken: Error {}

    @Test("After an interruption it goes on from the position reached, and stops when cancelled")
    func resumption() async throws {
        let world = try await AccessWorld()
        let positions = Mutex<[Int64?]>([])
        let (calls, called) = AsyncStream.makeStream(of: Void.self)
        let follower = AccessFollower(
            state: world.state,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { after, receive in
            let count = positions.withLock {
                $0.append(after)
                return Int64($0.count)
            }
            try receive(AccessEvent(position: 10 * count, kind: .heartbeat))
            called.yield()
            if count < 3 { throw Broken() }
            try await Task.sleep(for: .seconds(3_600))
        }
        let running = Task { try await follower.run() }
        var iterator = calls.makeAsyncIterator()
        for _ in 0..<3 { _ = await iterator.next() }
        running.cancel()
        try await running.value
        #expect(positions.withLock { $0 } == [1, 10, 20])
        #expect(world.state.position == 30)
    }

    @Test("When identity is behind what it said before, a whole snapshot is asked for")
    func goingBack() async throws {
        let world = try await AccessWorld()
        world.apply(.heartbeat, position: 100)
        let positions = Mutex<[Int64?]>([])
        let (calls, called) = AsyncStream.makeStream(of: Void.self)
        let follower = AccessFollower(
            state: world.state,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        ) { after, receive in
            positions.withLock { $0.append(after) }
            if after == nil { try receive(AccessEvent(position: 7, kind: .snapshotBegan)) }
            defer { called.yield() }
            try receive(AccessEvent(position: 7, kind: after == nil ? .snapshotEnded : .heartbeat))
            try await Task.sleep(for: .seconds(3_600))
        }
        let running = Task { try await follower.run() }
        var iterator = calls.makeAsyncIterator()
        _ = await iterator.next()
        while world.state.position != 7 { await Task.yield() }
        running.cancel()
        try await running.value
        #expect(positions.withLock { $0 } == [100, nil])
    }
}
