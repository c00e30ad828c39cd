internal import Logging

/// How connections come into the pool.
extension Pool {
    /// Opens a connection on a helper thread and installs it, or notes the failure.
    func openConnection(_ kind: ConnectionCore.Kind) {
        let isAccepted = HelperThreads.connecting.run {
            do throws(DatabaseError) {
                try self.install(self.connect(kind))
            } catch {
                self.connectingFailed(kind, error)
            }
        }
        if !isAccepted {
            self.connectingFailed(kind, .unavailable("the system refuses a thread"))
        }
    }

    private func connect(_ kind: ConnectionCore.Kind) throws(DatabaseError) -> Connection {
        let handle = try Connector.connect(
            connectionString: self.configuration.connectionString,
            applicationName: self.configuration.applicationName,
            timeout: self.configuration.connectTimeout
        )
        try Connector.prepareForPipeline(
            handle,
            statementTimeout: self.configuration.statementTimeout,
            timeout: self.configuration.connectTimeout
        )
        return Connection(
            identifier: Driver.shared.makeIdentifier(),
            kind: kind,
            handle: handle,
            pool: self
        )
    }

    private func install(_ connection: Connection) throws(DatabaseError) {
        guard Driver.shared.add(connection) else {
            throw .unavailable("the system refuses to watch another descriptor")
        }
        var isWanted = false
        self.transact { state, actions in
            isWanted = state.connected(connection, now: .now, actions: &actions)
        }
        guard isWanted else {
            connection.close(.unavailable("the connection is no longer needed"))
            return
        }
        if connection.kind == .listener {
            self.listenAgain()
        }
    }

    private func connectingFailed(_ kind: ConnectionCore.Kind, _ error: DatabaseError) {
        self.logger.warning(
            "cannot connect to the database",
            metadata: ["reason": "\(error.message)"]
        )
        self.transact { state, actions in
            state.connectingFailed(kind, error, now: .now, actions: &actions)
        }
    }
}
