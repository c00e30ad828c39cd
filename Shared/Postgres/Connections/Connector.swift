internal import CPostgres
internal import Glibc

/// Establishes connections; blocks, so only helper threads use it.
enum Connector {
    /// Connects.
    ///
    /// - Parameter timeout: for each host of the connection string; at least 2 s.
    /// - Throws: `DatabaseError` with code `unavailable` that says what libpq said.
    static func connect(
        connectionString: String,
        applicationName: String,
        timeout: Duration
    ) throws(DatabaseError) -> Handle {
        guard !connectionString.utf8.contains(0), !applicationName.utf8.contains(0) else {
            throw .unavailable("the connection string contains U+0000")
        }
        // What stands before the connection string can be overridden by it.
        guard
            let handle = Handle(parameters: [
                ("fallback_application_name", applicationName),
                ("connect_timeout", String((timeout.milliseconds(atMost: 600_000) + 999) / 1000)),
                ("keepalives_idle", "30"),
                ("keepalives_interval", "5"),
                ("keepalives_count", "3"),
                ("tcp_user_timeout", "15000"),
                ("dbname", connectionString),
                ("client_encoding", "UTF8"),
            ])
        else { throw .unavailable("no memory for a connection") }
        guard !handle.isBroken else { throw .unavailable(handle.errorMessage) }
        return handle
    }

    /// Sets what every session of the pool has and switches to pipeline mode.
    ///
    /// - Throws: `DatabaseError` when the server refuses or does not answer in time.
    static func prepareForPipeline(
        _ handle: borrowing Handle,
        statementTimeout: Duration,
        timeout: Duration
    ) throws(DatabaseError) {
        // The server notices a dead client within a second, and ends transactions that a stuck
        // client left open.
        let script = """
            SET statement_timeout = \(statementTimeout.milliseconds(atMost: 86_400_000));
            SET client_connection_check_interval = 1000;
            SET idle_in_transaction_session_timeout = 60000;
            SET client_min_messages = error
            """
        guard handle.enterNonBlockingMode(), handle.sendScript(script) else {
            throw .unavailable(handle.errorMessage)
        }
        let end = ContinuousClock.now + timeout
        while true {
            let isFlushed = handle.flush() == .flushed
            while !handle.isBusy {
                guard let result = handle.nextResult() else {
                    guard handle.enterPipelineMode() else {
                        throw .unavailable("pipeline mode: \(handle.errorMessage)")
                    }
                    return
                }
                guard result.status == PGRES_COMMAND_OK else { throw DatabaseError(result) }
            }
            let events = isFlushed ? POLLIN : POLLIN | POLLOUT
            guard Self.wait(handle.descriptor, for: Int16(events), until: end) else {
                throw .unavailable("the server did not answer within \(timeout)")
            }
            guard handle.consumeInput() else { throw .unavailable(handle.errorMessage) }
        }
    }

    /// Waits until the socket is ready; false when the time is up first.
    private static func wait(
        _ descriptor: CInt,
        for events: Int16,
        until end: ContinuousClock.Instant
    ) -> Bool {
        while true {
            let remaining = ContinuousClock.now.duration(to: end)
            guard remaining > .zero else { return false }
            var entry = pollfd(fd: descriptor, events: events, revents: 0)
            // Safe because the one entry outlives the call.
            let status = unsafe poll(&entry, 1, CInt(remaining.milliseconds(atMost: 60_000)))
            if status > 0 {
                return true
            }
            if status < 0, errno != EINTR {
                return false
            }
        }
    }
}

extension Duration {
    /// Whole milliseconds, rounded up, from 1 to `limit`.
    func milliseconds(atMost limit: Int) -> Int {
        let (seconds, attoseconds) = self.components
        guard seconds < Int64(limit / 1000) + 1 else { return limit }
        let milliseconds =
            Int(seconds) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        return min(max(milliseconds, 1), limit)
    }
}
