/// The two ways in which a segment's statements are prepared and executed.
extension ConnectionCore {
    /// Sends a segment among those of others.
    ///
    /// A failing segment must not take with it the preparation that later segments, already sent,
    /// rely upon: that travels in a segment of its own, before.
    mutating func sendShared(
        _ segment: Segment,
        timeLimit: Duration,
        now: ContinuousClock.Instant,
        steps: inout [InFlight.Step]
    ) -> Bool {
        let identity: SQL? =
            if case .identity(let identity) = segment.opening {
                segment.identityStatement(identity, timeLimit: timeLimit)
            } else {
                nil
            }
        if let identity {
            let (statement, isNew) = self.cache.statement(for: identity)
            guard !isNew || self.prepareAlone(statement, now: now) else { return false }
            steps.append(.execute(statement, isCollected: false))
        }
        for sql in segment.statements {
            let (statement, isNew) = self.cache.statement(for: sql)
            guard !isNew || self.prepareAlone(statement, now: now) else { return false }
            steps.append(.execute(statement, isCollected: true))
        }
        var all = identity.map { [$0.parameters] } ?? []
        all += segment.statements.map(\.parameters)
        for (step, parameters) in zip(steps, all) {
            guard case .execute(let statement, _) = step,
                self.handle.sendExecute(name: statement.name, parameters: parameters)
            else { return false }
        }
        return true
    }

    /// Sends a segment on a connection that serves nobody else.
    mutating func sendAlone(
        _ segment: Segment,
        timeLimit: Duration,
        steps: inout [InFlight.Step]
    ) -> Bool {
        switch segment.opening {
        case .none:
            break
        case .identity(let identity):
            guard self.sendIdentity(identity, segment, timeLimit: timeLimit, steps: &steps)
            else { return false }
        case .transaction(let identity, let isolation):
            guard self.send(isolation.begin, isCollected: false, steps: &steps),
                self.sendIdentity(identity, segment, timeLimit: timeLimit, steps: &steps)
            else { return false }
        }
        for sql in segment.statements {
            guard self.send(sql, isCollected: true, steps: &steps) else { return false }
        }
        return true
    }

    private mutating func sendIdentity(
        _ identity: DatabaseIdentity,
        _ segment: Segment,
        timeLimit: Duration,
        steps: inout [InFlight.Step]
    ) -> Bool {
        guard let sql = segment.identityStatement(identity, timeLimit: timeLimit) else {
            return true
        }
        return self.send(sql, isCollected: false, steps: &steps)
    }

    private mutating func send(
        _ sql: SQL,
        isCollected: Bool,
        steps: inout [InFlight.Step]
    ) -> Bool {
        let (statement, isNew) = self.cache.statement(for: sql)
        return self.send(
            statement,
            isNew: isNew,
            sql.parameters,
            isCollected: isCollected,
            steps: &steps
        )
    }

    private mutating func send(
        _ statement: StatementCache.Statement,
        isNew: Bool,
        _ parameters: SQLParameters,
        isCollected: Bool,
        steps: inout [InFlight.Step]
    ) -> Bool {
        if isNew {
            guard
                self.handle.sendPrepare(
                    name: statement.name,
                    text: statement.text,
                    types: statement.types
                )
            else { return false }
            steps.append(.prepare(statement))
        }
        steps.append(.execute(statement, isCollected: isCollected))
        return self.handle.sendExecute(name: statement.name, parameters: parameters)
    }
}
