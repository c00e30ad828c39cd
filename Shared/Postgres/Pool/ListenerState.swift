/// Who listens to which channel, and how far the listening has got.
struct ListenerState {
    struct Channel {
        var streams: [UInt64: AsyncStream<Notification>.Continuation] = [:]
        /// Whether the server has confirmed it on the present connection.
        var isListening = false
    }

    var connection: Connection?
    var isConnecting = false
    var channels: [String: Channel] = [:]
    private var nextStreamIdentifier: UInt64 = 1

    var needsConnection: Bool {
        !self.channels.isEmpty && self.connection == nil && !self.isConnecting
    }

    mutating func makeStreamIdentifier() -> UInt64 {
        defer { self.nextStreamIdentifier += 1 }
        return self.nextStreamIdentifier
    }

    /// Takes a new connection; false when nobody listens any more.
    mutating func setConnection(_ connection: Connection) -> Bool {
        guard !self.channels.isEmpty, self.connection == nil else { return false }
        self.connection = connection
        return true
    }

    mutating func lostConnection() {
        self.connection = nil
        for channel in self.channels.keys {
            self.channels[channel]?.isListening = false
        }
    }
}

/// What a listener is told.
package enum Notification: Hashable, Sendable {
    /// Somebody notified the channel with this payload.
    case received(payload: String)
    /// Listening begins, at first and after each interruption: notifications before this moment
    /// may be missing, so that the consumer reads anew what it follows.
    case resumed
}
