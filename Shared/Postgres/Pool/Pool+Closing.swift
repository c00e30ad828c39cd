/// How the pool ends.
extension Pool {
    /// Waits until the task is cancelled or the pool begins to close.
    func waitForClosing() async {
        let (stream, continuation) = AsyncStream.makeStream(of: Never.self)
        self.transact { state, _ in
            switch state.lifecycle {
            case .created, .running:
                // Created: a call is starting the pool at this very moment.
                state.closingSignals.append(continuation)
            case .draining, .closed:
                continuation.finish()
            }
        }
        for await _ in stream {}
    }

    /// Waits until calls on their way are over, at most for the configured time, and closes.
    func close() async {
        await withCheckedContinuation { continuation in
            self.transact { state, actions in
                state.drainContinuations.append(continuation)
                state.drain(now: .now, actions: &actions)
            }
        }
        self.finishStreams()
        Driver.shared.remove(self)
    }

    /// Closes at once; nobody can use the pool any more.
    func abandon() {
        self.transact { state, actions in
            state.drain(now: .now, actions: &actions)
            state.lifecycle = .draining(until: .now)
            state.endDraining(now: .now, actions: &actions)
        }
        self.finishStreams()
        Driver.shared.remove(self)
    }
}
