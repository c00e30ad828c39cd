internal import Logging

extension Pool {
    /// Notifications that a slow consumer may leave unread; then it is told to read anew.
    private static let maximumUnreadNotifications = 256

    /// Begins to listen, now or as soon as the server can be reached.
    func listen(channel: String) -> AsyncStream<Notification> {
        let (stream, continuation) = AsyncStream.makeStream(
            of: Notification.self,
            bufferingPolicy: .bufferingNewest(Self.maximumUnreadNotifications)
        )
        var identifier: UInt64 = 0
        var begins: Connection?
        var isListening = false
        var isOpen = false
        do {
            try self.start()
            isOpen = true
        } catch {
            self.logger.error("cannot listen", metadata: ["reason": "\(error.message)"])
        }
        self.transact { state, actions in
            if case .closed = state.lifecycle {
                isOpen = false
            }
            guard isOpen else { return }
            identifier = state.listener.makeStreamIdentifier()
            let isFirst = state.listener.channels[channel] == nil
            state.listener.channels[channel, default: .init()].streams[identifier] = continuation
            isListening = state.listener.channels[channel]?.isListening ?? false
            begins = isFirst ? state.listener.connection : nil
            state.planConnections(now: .now, actions: &actions)
        }
        guard isOpen else {
            continuation.finish()
            return stream
        }
        let registered = identifier
        continuation.onTermination = { [weak self] _ in
            self?.stopListening(channel: channel, stream: registered)
        }
        if isListening {
            continuation.yield(.resumed)
        }
        if let begins {
            self.sendListen(channel, on: begins)
        }
        return stream
    }

    /// Listens to every channel on a new connection.
    func listenAgain() {
        var connection: Connection?
        var channels: [String] = []
        self.transact { state, _ in
            connection = state.listener.connection
            channels = Array(state.listener.channels.keys)
        }
        guard let connection else { return }
        for channel in channels {
            self.sendListen(channel, on: connection)
        }
    }

    private func sendListen(_ channel: String, on connection: Connection) {
        let segment = Segment(
            ["LISTEN \(identifier: channel)"],
            statementTimeout: self.configuration.statementTimeout
        ) { outcome in
            switch outcome {
            case .success:
                self.beganListening(channel, on: connection)
            case .failure(let error):
                self.logger.error("cannot listen", metadata: ["reason": "\(error)"])
                // A new connection tries again, after the back-off.
                connection.close(.unavailable("listening was refused"))
            }
        }
        connection.submit(segment, returnsConnection: false)
    }

    private func beganListening(_ channel: String, on connection: Connection) {
        var streams: [AsyncStream<Notification>.Continuation] = []
        self.transact { state, _ in
            guard state.listener.connection === connection else { return }
            state.listener.channels[channel]?.isListening = true
            streams = state.listener.channels[channel].map { Array($0.streams.values) } ?? []
        }
        for stream in streams {
            stream.yield(.resumed)
        }
    }

    func deliver(_ notifications: [(channel: String, payload: String)]) {
        for (channel, payload) in notifications {
            var streams: [AsyncStream<Notification>.Continuation] = []
            self.transact { state, _ in
                streams = state.listener.channels[channel].map { Array($0.streams.values) } ?? []
            }
            for stream in streams {
                if case .dropped = stream.yield(.received(payload: payload)) {
                    stream.yield(.resumed)
                }
            }
        }
    }

    private func stopListening(channel: String, stream: UInt64) {
        var unused: Connection?
        var isChannelUnused = false
        self.transact { state, actions in
            state.listener.channels[channel]?.streams[stream] = nil
            guard state.listener.channels[channel]?.streams.isEmpty ?? false else { return }
            state.listener.channels[channel] = nil
            isChannelUnused = true
            unused = state.listener.connection
            if state.listener.channels.isEmpty, let connection = unused {
                state.listener.lostConnection()
                actions.closes.append(connection)
                unused = nil
            }
        }
        guard isChannelUnused, let unused else { return }
        let segment = Segment(
            ["UNLISTEN \(identifier: channel)"],
            statementTimeout: self.configuration.statementTimeout
        ) { _ in
            // Without effect the channel's notifications arrive and find nobody.
        }
        unused.submit(segment, returnsConnection: false)
    }

    /// Ends all streams when the pool closes.
    func finishStreams() {
        var streams: [AsyncStream<Notification>.Continuation] = []
        self.transact { state, _ in
            streams = state.listener.channels.values.flatMap { $0.streams.values }
            state.listener.channels = [:]
        }
        for stream in streams {
            stream.finish()
        }
    }
}
