package import IdentityAPI
internal import Locks
package import Logging
package import RPC
internal import ServiceLifecycle

/// Keeps an ``AccessState`` current from identity's access stream, for as long as it runs.
///
/// When the stream ends or falls silent it is opened anew, after a random pause that grows to two
/// seconds, from the position reached.
package struct AccessFollower: Service {
    /// Reads one stream: everything after a position, each event given to the closure, until it
    /// ends.
    package typealias Source =
        @Sendable (
            _ after: Int64?, _ receive: @Sendable (AccessEvent) throws -> Void
        ) async throws -> Void

    /// Identity says something at least every two seconds; after this long without, it is gone.
    private static let longestSilence: Duration = .seconds(6)
    private static let longestPause: Duration = .seconds(2)

    private let state: AccessState
    private let logger: Logger
    private let source: Source

    /// Keeps what people are called; given many at a time.
    package typealias ProfileKeeper = @Sendable ([PersonProfile]) async throws -> Void

    /// Follows identity over the wire.
    ///
    /// - Parameter profiles: asks for everybody's name too, and is given what comes: everybody at
    ///   first, and whoever is new or changed.  What it throws interrupts the stream, after which
    ///   the same people come again.
    package init(
        state: AccessState, identity: RPCClient, logger: Logger, profiles: ProfileKeeper? = nil
    ) {
        self.init(state: state, logger: logger) { after, receive in
            let events = try await identity.stream(
                WatchAccess(after: after, includesProfiles: profiles == nil ? nil : true))
            var gathered: [PersonProfile] = []
            var isSnapshot = false
            for try await event in events {
                if event.kind == .snapshotBegan { isSnapshot = true }
                if event.kind == .snapshotEnded { isSnapshot = false }
                if let profile = event.profile { gathered.append(profile) }
                if !gathered.isEmpty, !isSnapshot || gathered.count >= Self.profileBatch {
                    try await profiles?(gathered)
                    gathered = []
                }
                try receive(event)
            }
        }
    }

    /// How many people a keeper is given at a time.
    private static let profileBatch = 500

    /// Follows any source; identity itself brings its own events.
    package init(state: AccessState, logger: Logger, source: @escaping Source) {
        self.state = state
        self.logger = logger
        self.source = source
    }

    package func run() async throws {
        await cancelWhenGracefulShutdown { await self.follow() }
    }

    private func follow() async {
        var failureCount = 0
        var needsSnapshot = false
        while !Task.isCancelled {
            let began = ContinuousClock.now
            do {
                try await self.readStream(after: needsSnapshot ? nil : self.state.position)
                needsSnapshot = false
                self.logger.info("the access stream ended")
            } catch is CancellationError {
                return
            } catch {
                needsSnapshot = error is AccessStreamWentBack
                // Said once per outage, and again when it lasts.
                let level: Logger.Level = failureCount.isMultiple(of: 30) ? .warning : .debug
                self.logger.log(
                    level: level, "the access stream is interrupted",
                    metadata: ["error": "\(error)", "attempt": "\(failureCount + 1)"])
            }
            let wasLong = began.duration(to: .now) > .seconds(10)
            failureCount = wasLong ? 0 : failureCount + 1
            // A cancelled pause ends the loop above.
            try? await Task.sleep(for: Self.pause(after: failureCount))
        }
    }

    /// A random pause up to 100 ms, doubled for each failure, up to ``longestPause``.
    private static func pause(after failureCount: Int) -> Duration {
        let ceiling = min(Duration.milliseconds(100 << min(failureCount, 8)), Self.longestPause)
        return ceiling * Double.random(in: 0.1...1)
    }

    private func readStream(after position: Int64?) async throws {
        let heard = LastHeard()
        self.state.streamBegan()
        try await withThrowingTaskGroup { group in
            group.addTask {
                try await self.source(position) { event in
                    heard.now()
                    guard !self.state.isContradicted(by: event) else {
                        throw AccessStreamWentBack()
                    }
                    self.state.apply(event)
                }
            }
            group.addTask {
                while heard.ago < Self.longestSilence {
                    try await Task.sleep(for: .seconds(1))
                }
                throw AccessStreamSilent()
            }
            defer { group.cancelAll() }
            try await group.next()
        }
    }
}

/// Identity has sent nothing for so long that the connection must be dead.
package struct AccessStreamSilent: Error, Sendable {}

/// Identity is behind what it said before, as after a restored backup: only a snapshot tells the
/// truth.
package struct AccessStreamWentBack: Error, Sendable {}

/// When something was last heard on one stream.
private final class LastHeard: Sendable {
    private let instant = Mutex(ContinuousClock.now)

    func now() { self.instant.withLock { $0 = .now } }

    var ago: Duration { self.instant.withLock { $0 }.duration(to: .now) }
}
