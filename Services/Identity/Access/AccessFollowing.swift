internal import IdentityAPI
internal import RPC

/// One follower's way through the access stream: a snapshot where it needs one, then changes, and a
/// heartbeat whenever nothing happened.
struct AccessFollowing: Sendable {
    let feed: AccessFeed
    let store: AccessEventStore

    /// Follows until the task is cancelled or the service stops.
    ///
    /// - Parameters:
    ///   - after: the position to go on from; `nil` for a snapshot.
    ///   - includesProfiles: whether to send everybody's name too.
    ///   - send: takes one event; what it throws ends the following.
    func follow(
        after: Int64?, includesProfiles: Bool = false, send: (AccessEvent) async throws -> Void
    ) async throws {
        let signals = self.feed.signals()
        var epoch = self.feed.epoch
        var cursor = try await self.confirmed(after)
        for await _ in signals {
            var isBehind = true
            var sentAny = false
            while isBehind {
                guard let position = cursor else {
                    epoch = self.feed.epoch
                    cursor = try await self.sendSnapshot(includesProfiles, send)
                    sentAny = true
                    continue
                }
                let events = try await self.next(after: position, epoch: epoch)
                for event in events ?? [] where event.kind != .profile || includesProfiles {
                    try await send(event)
                    sentAny = true
                }
                cursor = events == nil ? nil : events?.last?.position ?? position
                isBehind = events?.isEmpty != true
            }
            if !sentAny, let cursor {
                try await send(AccessEvent(position: cursor, kind: .heartbeat))
            }
        }
        try Task.checkCancellation()
        throw RPCError(
            .unavailable, reason: "identity.stopping", message: "Identity is stopping.",
            retry: .after(.milliseconds(100)))
    }

    /// The position to go on from; `nil` if the table does not know it.
    private func confirmed(_ after: Int64?) async throws -> Int64? {
        guard let after, after >= 0 else { return nil }
        return try await self.store.events(after: after, limit: 1).reached >= after ? after : nil
    }

    private func sendSnapshot(
        _ includesProfiles: Bool, _ send: (AccessEvent) async throws -> Void
    ) async throws -> Int64 {
        let (position, events) = try await self.store.snapshot(includesProfiles: includesProfiles)
        try await send(AccessEvent(position: position, kind: .snapshotBegan))
        for event in events { try await send(event) }
        try await send(AccessEvent(position: position, kind: .snapshotEnded))
        return position
    }

    /// The next events; `nil` if only a snapshot can help.
    private func next(after cursor: Int64, epoch: Int) async throws -> [AccessEvent]? {
        switch self.feed.events(after: cursor, epoch: epoch) {
        case .events(let events): return events
        case .foreign: return nil
        case .older:
            let batch = try await self.store.events(after: cursor)
            let isComplete = batch.events.first.map { $0.position == cursor + 1 }
            return isComplete ?? (batch.reached == cursor) ? batch.events : nil
        }
    }
}
