internal import CPostgres

/// Calls that block, for threads of their own only.
extension Handle {
    /// Runs statements without parameters and waits for the last one's result.
    func executeScript(_ script: String) throws(DatabaseError) -> ResultStorage {
        try unsafe self.check(PQexec(self.pointer, script))
    }

    /// Runs one statement with values and waits for its result.
    func execute(_ sql: SQL) throws(DatabaseError) -> ResultStorage {
        if let invalidValue = sql.invalidValue {
            throw .invalidValue(invalidValue)
        }
        guard
            self.sendPrepare(
                name: "",
                text: sql.text,
                types: sql.parameters.parameters.map(\.type)
            )
        else { throw .connectionLost(self.errorMessage, outcomeUnknown: false) }
        _ = try self.lastResult()
        guard self.sendExecute(name: "", parameters: sql.parameters) else {
            throw .connectionLost(self.errorMessage, outcomeUnknown: false)
        }
        return try self.lastResult()
    }

    private func lastResult() throws(DatabaseError) -> ResultStorage {
        var last: OpaquePointer? = nil
        while let next = unsafe PQgetResult(self.pointer) {
            unsafe PQclear(last)
            unsafe last = next
        }
        return try unsafe self.check(last)
    }

    private func check(_ pointer: OpaquePointer?) throws(DatabaseError) -> ResultStorage {
        guard let pointer = unsafe pointer else {
            throw .connectionLost(self.errorMessage, outcomeUnknown: true)
        }
        let result = unsafe ResultStorage(pointer)
        switch result.status {
        case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
            return result
        default:
            throw DatabaseError(result)
        }
    }
}
