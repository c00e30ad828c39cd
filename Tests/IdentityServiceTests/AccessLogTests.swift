internal import IdentityAPI
internal import Testing

@testable import IdentityService

@Suite("The access events in memory")
struct AccessLogTests {
    private static func events(_ range: ClosedRange<Int64>) -> [AccessEvent] {
        range.map { AccessEvent(position: $0, kind: .role) }
    }

    private static func positions(_ found: AccessLog.Found) -> [Int64]? {
        guard case .events(let events) = found else { return nil }
        return events.map(\.position)
    }

    @Test("The first read only tells where the stream stands")
    func firstRead() {
        var log = AccessLog()
        #expect(log.events(after: 3, epoch: 0) == .older)
        let isBehind = log.apply(AccessBatch(reached: 7, events: Self.events(1...7)))
        #expect(!isBehind)
        #expect(log.position == 7)
        #expect(log.events(after: 7, epoch: 0) == .events([]))
        #expect(log.events(after: 3, epoch: 0) == .older)
    }

    @Test("A follower gets exactly what comes after its cursor")
    func follows() {
        var log = AccessLog()
        _ = log.apply(AccessBatch(reached: 7, events: []))
        var isBehind = log.apply(AccessBatch(reached: 12, events: Self.events(8...10)))
        #expect(isBehind)
        isBehind = log.apply(AccessBatch(reached: 12, events: Self.events(11...12)))
        #expect(!isBehind)
        #expect(Self.positions(log.events(after: 7, epoch: 0)) == [8, 9, 10, 11, 12])
        #expect(Self.positions(log.events(after: 9, epoch: 0)) == [10, 11, 12])
        #expect(Self.positions(log.events(after: 7, epoch: 0, limit: 2)) == [8, 9])
        #expect(Self.positions(log.events(after: 12, epoch: 0)) == [])
        #expect(Self.positions(log.events(after: 99, epoch: 0)) == [])
        #expect(log.events(after: 6, epoch: 0) == .older)
    }

    @Test("Memory is bounded; who is behind it is sent to the table")
    func bounded() {
        var log = AccessLog(capacity: 3)
        _ = log.apply(AccessBatch(reached: 0, events: []))
        _ = log.apply(AccessBatch(reached: 5, events: Self.events(1...5)))
        #expect(log.events(after: 1, epoch: 0) == .older)
        #expect(Self.positions(log.events(after: 2, epoch: 0)) == [3, 4, 5])
    }

    @Test("A past that ends earlier, or has a gap, is another past")
    func otherPast() {
        var log = AccessLog()
        _ = log.apply(AccessBatch(reached: 9, events: []))
        _ = log.apply(AccessBatch(reached: 4, events: []))
        #expect(log.epoch == 1)
        #expect(log.position == 4)
        #expect(log.events(after: 4, epoch: 0) == .foreign)
        _ = log.apply(AccessBatch(reached: 9, events: Self.events(7...9)))
        #expect(log.epoch == 2)
        #expect(log.position == 9)
        _ = log.apply(AccessBatch(reached: 12, events: []))
        #expect(log.epoch == 3)
    }
}
