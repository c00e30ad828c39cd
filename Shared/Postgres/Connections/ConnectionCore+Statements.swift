/// The two ways in which a segment's statements are prepared and executed.
extension ConnectionCore {
    /// Sends reads on one person's behalf among those of others.
    ///
    /// A failing transaction must not take with it the preparation that later ones, already sent,
    /// rely upon: that travels in a transaction of its own, before.
    mutating func sendShared(
        _ segments: [Segment],
        timeLimit: Duration,
        now: ContinuousClock.Instant,
        steps: inout [InFlight.Step]
    ) -> Bool {
        var all: [SQLParameters] = []
        all.reserveCapacity(segments.count + 1)
        if case .identity(let identity) = segments[0].opening,
            let sql = segments[0].identityStatement(identity, timeLimit: timeLimit)
        {
            guard let statement = self.prepared(sql, now: now) else { return false }
            steps.append(.execute(statement, member: nil))
            all.append(sql.parameters)
        }
        for (member, segment) in segments.enumerated() {
            for sql in segment.statements {
                guard let statement = self.prepared(sql, now: now) else { return false }
                steps.append(.execute(statement, member: member))
                all.append(sql.parameters)
            }
        }
        for (step, parameters) in zip(steps, all) {
            guard case .execute(let statement, _) = step,
                self.handle.sendExecute(name: statement.name, parameters: parameters)
            else { return false }
        }
        return true
    }

    /// The prepared statement for `sql`; `nil` when the connection is broken.
    private mutating func prepared(
        _ sql: SQL,
        now: ContinuousClock.Instant
    ) -> StatementCache.Statement? {
        let (statement, isNew) = self.cache.statement(for: sql)
        return !isNew || self.prepareAlone(statement, now: now) ? statement : nil
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
            guard self.send(isolation.begin, member: nil, steps: &steps),
                self.sendIdentity(identity, segment, timeLimit: timeLimit, steps: &steps)
            else { return false }
        }
        for sql in segment.statements {
            guard self.send(sql, member: 0, steps: &steps) else { return false }
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
        return self.send(sql, member: nil, steps: &steps)
    }

    private mutating func send(
        _ sql: SQL,
        member: Int?,
        steps: inout [InFlight.Step]
    ) -> Bool {
        let (statement, isNew) = self.cache.statement(for: sql)
        return self.send(
            statement,
            isNew: isNew,
            sql.parameters,
            member: member,
            steps: &steps
        )
    }

    private mutating func send(
        _ statement: StatementCache.Statement,
        isNew: Bool,
        _ parameters: SQLParameters,
        member: Int?,
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
        steps.append(.execute(statement, member: member))
        return self.handle.sendExecute(name: statement.name, parameters: parameters)
    }
}
