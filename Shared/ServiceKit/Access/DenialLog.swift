internal import Locks
package import Logging

/// Logs refused calls without letting those who provoke them fill the log.
///
/// The first refusal of a kind is logged at once; those that follow within the interval are counted
/// and logged as one line when it is over.  A kind is a method, a reason and a peer.
package final class DenialLog: Sendable {
    /// What denials are counted by.
    package struct Kind: Sendable, Hashable {
        let method: String
        let reason: String
        let peer: String
    }

    private struct Window {
        let began: ContinuousClock.Instant
        var suppressedCount = 0
    }

    /// As many kinds as are told apart at a time; beyond, they are counted together.
    private static let kindLimit = 256
    private static let others = Kind(method: "(others)", reason: "(others)", peer: "(others)")

    private let interval: Duration
    private let logger: Logger
    private let windows = Mutex<[Kind: Window]>([:])

    /// Makes a log.
    package init(logger: Logger, interval: Duration = .seconds(10)) {
        self.logger = logger
        self.interval = interval
    }

    /// Records a refused call.
    package func record(
        method: String, reason: String, peer: String, at now: ContinuousClock.Instant
    ) {
        let kind = Kind(method: method, reason: reason, peer: peer)
        let isFirst = self.windows.withLock { windows -> Bool in
            let kind = windows.count < Self.kindLimit || windows[kind] != nil ? kind : Self.others
            guard windows[kind] == nil else {
                windows[kind]?.suppressedCount += 1
                return false
            }
            windows[kind] = Window(began: now)
            return true
        }
        if isFirst { self.log(kind, count: 1) }
    }

    /// Logs the counts of intervals that are over.
    package func flush(at now: ContinuousClock.Instant) {
        let over = self.windows.withLock { windows -> [(Kind, Int)] in
            let over = windows.filter { $0.value.began.duration(to: now) >= self.interval }
            for kind in over.keys { windows[kind] = nil }
            return over.map { ($0.key, $0.value.suppressedCount) }
        }
        for (kind, count) in over where count > 0 { self.log(kind, count: count) }
    }

    private func log(_ kind: Kind, count: Int) {
        self.logger.notice(
            "access denied",
            metadata: [
                "method": "\(kind.method)", "reason": "\(kind.reason)", "peer": "\(kind.peer)",
                "count": "\(count)",
            ])
    }
}
