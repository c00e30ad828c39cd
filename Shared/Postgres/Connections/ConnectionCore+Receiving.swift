internal import CPostgres
internal import DequeModule

extension ConnectionCore {
    /// Takes every result that has arrived; false when the connection is broken.
    mutating func receive(now: ContinuousClock.Instant, outcome: inout Outcome) -> Bool {
        while !self.inFlight.isEmpty, !self.handle.isBusy {
            guard let result = self.handle.nextResult() else {
                guard self.endStep() else { return false }
                continue
            }
            self.lastProgressAt = now
            switch result.status {
            case PGRES_PIPELINE_SYNC:
                self.endFirst(now: now, outcome: &outcome)
            case PGRES_TUPLES_OK, PGRES_COMMAND_OK, PGRES_EMPTY_QUERY:
                self.stepSucceeded(result)
            case PGRES_PIPELINE_ABORTED:
                self.stepFailed(nil)
            case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE:
                let error = DatabaseError(result)
                // Without a SQLSTATE it is libpq that reports, about the connection itself.
                guard error.sqlState != nil else { return false }
                self.stepFailed(error)
            default:
                // COPY has no place here; the connection cannot go on.
                return false
            }
        }
        while let notification = self.handle.nextNotification() {
            outcome.notifications.append(notification)
        }
        return !self.handle.isBroken
    }

    private mutating func stepSucceeded(_ result: ResultStorage) {
        switch self.inFlight[0].currentStep {
        case .prepare(let statement):
            statement.state = .ready
        case .execute(_, let member?):
            self.inFlight[0].members[member].results.append(result)
        case .execute(_, nil), .deallocate, nil:
            break
        }
    }

    /// Notes a failure; `nil` for a step that an earlier failure skipped.
    private mutating func stepFailed(_ error: DatabaseError?) {
        var error = error
        switch self.inFlight[0].currentStep {
        case .prepare(let statement):
            let cause =
                error ?? self.inFlight[0].error
                ?? DatabaseError(code: .transactionAborted, message: "the segment failed")
            statement.state = .failed(cause)
            self.cache.remove(statement)
        case .execute(let statement, _):
            if error?.sqlState == "26000" {
                if case .failed(let cause) = statement.state {
                    error = cause
                } else {
                    self.cache.removeAllReady()
                }
            } else if error?.isStaleStatement ?? false {
                self.cache.retire(statement)
            }
        case .deallocate, nil:
            break
        }
        if error?.sqlState == "25006" {
            self.isUnfit = true
        }
        self.inFlight[0].fail(error)
    }

    /// Goes on to the next step; false when libpq and this side no longer agree on the order.
    private mutating func endStep() -> Bool {
        if self.inFlight[0].currentStep != nil {
            self.inFlight[0].position += 1
            return true
        }
        // A failure at the sync itself (a deferred constraint) ends once before the sync arrives.
        self.inFlight[0].surplusEndCount += 1
        return self.inFlight[0].surplusEndCount <= 1
    }

    private mutating func endFirst(now: ContinuousClock.Instant, outcome: inout Outcome) {
        var entry = self.inFlight.removeFirst()
        if entry.number == self.batchEnds.first {
            self.batchEnds.removeFirst()
        }
        if let segment = entry.members.first?.segment, segment.keepsTransactionOpen,
            entry.error == nil, self.handle.isIdle
        {
            entry.error = DatabaseError(
                code: .transactionAborted,
                message: "a statement ended the transaction"
            )
        }
        for index in entry.members.indices {
            let member = entry.members[index]
            if entry.isInnocent(index), !member.isAbandoned {
                self.again.append(member.segment)
            } else {
                outcome.finishedReadCount += member.segment.isShared ? 1 : 0
                outcome.finished.append((member.segment, entry.outcome(of: index, now: now)))
            }
        }
    }
}
