import NIOCore
import Wire

/// How streams begin and end, on time or not.
extension ConnectionHandler {
    /// Begins a stream of a client; the request follows with `send`.
    func makeStream(owner: any StreamOwner) -> ConnectionStream {
        self.lastStreamID += self.lastStreamID == 0 ? 1 : 2
        let stream = ConnectionStream(
            id: self.lastStreamID, sendWindow: Int(self.peerLimits?.streamWindow ?? 0),
            receiveWindow: self.limits.streamWindow)
        stream.owner = owner
        self.streams[stream.id] = stream
        self.counters.addStreams(1)
        return stream
    }

    /// Forgets a stream.
    func close(_ stream: ConnectionStream) {
        guard self.streams.removeValue(forKey: stream.id) != nil else { return }
        self.counters.addStreams(-1)
        self.noteCreditDue(of: stream)
        self.releaseAssembly(of: stream)
        self.releaseEverything(of: stream)
        if !stream.outgoing.isEmpty {
            let error = RPCError(
                .cancelled, reason: "rpc.call_ended", message: "The call has ended.")
            for completion in stream.outgoing.abandon() { completion(error) }
        }
        stream.owner = nil
        self.role.streamClosed()
        self.closeIfDrained()
    }

    /// Notes how much of what was sent on an ended stream the peer has not credited yet, which is
    /// never more than all streams' windows together.
    private func noteCreditDue(of stream: ConnectionStream) {
        let window = Int(self.peerLimits?.streamWindow ?? 0)
        let due = max(0, window - stream.sendWindow.available)
        self.creditDue = min(self.creditDue + due, window * self.limits.streamCount)
    }

    /// Ends a stream with an error on both sides: STATUS from a server, RESET from a client.
    func fail(_ stream: ConnectionStream, _ error: RPCError) {
        guard self.phase == .open, self.streams[stream.id] === stream else { return }
        // An answer that was queued has not reached the peer, however regular its end was to be.
        let hasUnsentEnd = !stream.outgoing.isEmpty
        let completions = stream.outgoing.abandon()
        self.releaseOutgoing(of: stream)
        self.releaseAssembly(of: stream)
        if !stream.hasEndedLocally || hasUnsentEnd || self.role.isClient {
            stream.hasEndedLocally = true
            let status = StatusMetadata(error)
            if self.role.isClient {
                self.writeControl(.reset, stream: stream.id, metadata: status)
            } else {
                self.writeControl(.status, flags: .end, stream: stream.id, metadata: status)
            }
        }
        for completion in completions { completion(error) }
        stream.owner?.failed(error)
        // A refused request never got an owner, and so no handler that would finish it.
        if self.role.isClient || stream.owner == nil { self.close(stream) }
    }

    // MARK: Time

    /// Fails a stream at a time, on a timer shared by all streams.
    func setDeadline(_ deadline: NIODeadline, on stream: ConnectionStream) {
        stream.deadline = deadline
        guard deadline < self.sweepAt, let context else { return }
        self.sweep?.cancel()
        self.sweepAt = deadline
        self.sweep = context.eventLoop.scheduleTask(deadline: deadline) {
            self.sweepDeadlines()
        }
    }

    private func sweepDeadlines() {
        self.sweepAt = .distantFuture
        let now = NIODeadline.now()
        var next = NIODeadline.distantFuture
        for stream in self.streams.values {
            guard let deadline = stream.deadline else { continue }
            if deadline <= now {
                stream.deadline = nil
                self.fail(
                    stream,
                    RPCError(
                        .deadlineExceeded, reason: "rpc.deadline_exceeded",
                        message: "The call took longer than its caller would wait.",
                        retry: .ifRepeatable))
            } else {
                next = min(next, deadline)
            }
        }
        guard next < self.sweepAt, self.phase == .open, let context else { return }
        self.sweepAt = next
        self.sweep = context.eventLoop.scheduleTask(deadline: next) {
            self.sweepDeadlines()
        }
    }

    /// Finds peers that drip, hang or are gone.
    func checkProgress() {
        let now = NIODeadline.now()
        if let since = self.partialFrameSince, now - since > self.limits.frameTimeout.timeAmount {
            return self.refuse(
                ProtocolViolation(
                    reason: "frame_timeout", message: "A frame took too long to arrive."))
        }
        guard self.phase == .open else { return }
        let patience =
            self.limits.keepaliveInterval.timeAmount + self.limits.keepaliveTimeout.timeAmount
        if let unwritableSince, now - unwritableSince > patience {
            return self.refuse(
                ProtocolViolation(reason: "slow_peer", message: "The peer does not read."))
        }
        if let pingSentAt {
            guard now - pingSentAt > self.limits.keepaliveTimeout.timeAmount else { return }
            self.refuse(
                ProtocolViolation(reason: "keepalive", message: "The peer does not answer."))
        } else if now - self.lastReadAt > self.limits.keepaliveInterval.timeAmount {
            self.sendPing()
            self.pingSentAt = now
        }
    }

    private func sendPing() {
        let body = ByteBuffer(integer: NIODeadline.now().uptimeNanoseconds)
        self.write(.ping, flags: [], stream: 0, metadata: nil, body: body)
        self.scheduleFlush()
    }

    // MARK: Drain

    /// Asks the peer to go elsewhere; serves what was sent before it knew, then closes.
    func drain() {
        guard self.phase == .open else {
            self.context?.close(promise: nil)
            return
        }
        guard self.lastServedStreamID == nil, !self.drainPingIsOut else { return }
        self.writeControl(
            .goAway, metadata: GoAwayMetadata(lastStream: .max, reason: "draining"))
        self.drainPingIsOut = true
        self.sendPing()
    }

    func announceLastStream(_ lastStream: UInt64) {
        self.lastServedStreamID = lastStream
        self.writeControl(
            .goAway, metadata: GoAwayMetadata(lastStream: lastStream, reason: "draining"))
        for stream in self.streams.values where stream.owner?.isEndless == true {
            self.fail(
                stream,
                RPCError(
                    .unavailable, reason: "rpc.draining",
                    message: "The server is shutting down.", retry: .ifRepeatable))
        }
    }

    func closeIfDrained() {
        guard self.lastServedStreamID != nil, self.streams.isEmpty else { return }
        self.closeGracefully()
    }
}
