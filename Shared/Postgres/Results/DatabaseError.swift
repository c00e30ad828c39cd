/// Why the database did not do what it was asked.
///
/// `message` is the server's and may hold values of rows: it is for logs, not for callers.
package struct DatabaseError: Error, Sendable {
    /// The kinds of failure a caller may want to tell apart.
    package enum Code: String, CaseIterable, Hashable, Sendable {
        // Constraints (class 23)
        case uniqueViolation
        case foreignKeyViolation
        case checkViolation
        case notNullViolation
        case exclusionViolation
        /// Another integrity constraint, such as RESTRICT.
        case integrityViolation

        // Concurrency: the transaction may be tried again.
        case serializationFailure
        case deadlock
        case lockNotAvailable

        // Time and cancellation
        /// The deadline or the statement timeout passed.
        case statementTimeout
        /// The statement was cancelled, by an operator or because its caller was.
        case queryCanceled

        // Permission
        case insufficientPrivilege
        /// A row policy refused a changed or inserted row.
        case rowSecurityViolation

        // The statement itself
        case undefinedObject
        case duplicateObject
        case syntaxError
        /// A value does not fit its type or range (class 22), or cannot be bound at all.
        case dataException
        /// A function or trigger of the schema raised an exception of its own.
        case raisedException
        /// An earlier statement of the transaction failed.
        case transactionAborted
        /// A result could not be read as the Swift type asked for.
        case decoding

        // The server
        /// The connection broke while the call was on its way.
        case connectionLost
        /// No connection, or the server refuses work for now; nothing was done.
        case unavailable
        /// As many calls wait as may wait; nothing was done.
        case queueFull
        case diskFull
        /// The server lacks memory or another resource.
        case insufficientResources
        case other
    }

    package var code: Code
    /// The five characters of the server's report, `nil` for failures found on this side.
    package var sqlState: String?
    package var message: String
    package var constraint: String?
    package var table: String?
    package var column: String?
    /// When another try makes sense, for failures that pass.
    package var retryAfter: Duration?
    /// Whether the change may have been committed although its answer was lost.
    package var commitOutcomeUnknown = false
    /// Whether a prepared statement had become stale, so that the same call may succeed now.
    var isStaleStatement = false

    package init(
        code: Code,
        sqlState: String? = nil,
        message: String,
        constraint: String? = nil,
        table: String? = nil,
        column: String? = nil,
        retryAfter: Duration? = nil,
        commitOutcomeUnknown: Bool = false
    ) {
        self.code = code
        self.sqlState = sqlState
        self.message = message
        self.constraint = constraint
        self.table = table
        self.column = column
        self.retryAfter = retryAfter
        self.commitOutcomeUnknown = commitOutcomeUnknown
    }
}

extension DatabaseError: CustomStringConvertible {
    package var description: String {
        var text = "\(self.code.rawValue)"
        if let sqlState = self.sqlState {
            text += " (\(sqlState))"
        }
        text += ": \(self.message)"
        if self.commitOutcomeUnknown {
            text += " (the change may have been committed)"
        }
        return text
    }
}

extension DatabaseError {
    static func decoding(column: String, _ reason: String) -> DatabaseError {
        DatabaseError(code: .decoding, message: "column \"\(column)\": \(reason)", column: column)
    }

    static func unavailable(_ message: String) -> DatabaseError {
        DatabaseError(
            code: .unavailable,
            message: message,
            retryAfter: .milliseconds(Int.random(in: 200...1000))
        )
    }

    static func queueFull(_ count: Int) -> DatabaseError {
        DatabaseError(
            code: .queueFull,
            message: "\(count) calls already wait for a connection",
            retryAfter: .milliseconds(Int.random(in: 200...1000))
        )
    }

    static func connectionLost(_ message: String, outcomeUnknown: Bool) -> DatabaseError {
        DatabaseError(
            code: .connectionLost,
            message: message,
            retryAfter: .milliseconds(Int.random(in: 200...1000)),
            commitOutcomeUnknown: outcomeUnknown
        )
    }

    static func deadlinePassed(_ when: String) -> DatabaseError {
        DatabaseError(code: .statementTimeout, message: "the deadline passed \(when)")
    }

    static func invalidValue(_ error: SQLValueError) -> DatabaseError {
        let reason =
            switch error {
            case .unrepresentable(let reason): reason
            case .typeMismatch, .unexpectedNull: "\(error)"
            }
        return DatabaseError(code: .dataException, message: "a value cannot be bound: \(reason)")
    }
}
