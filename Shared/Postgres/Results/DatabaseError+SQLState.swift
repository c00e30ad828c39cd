internal import CPostgres

extension DatabaseError.Code {
    /// The code for a SQLSTATE: by its five characters, otherwise by its class.
    ///
    /// Source: PostgreSQL 18, appendix A.
    package init(sqlState: String) {
        self = Self.bySQLState[sqlState] ?? Self.byClass[String(sqlState.prefix(2))] ?? .other
    }

    private static let bySQLState: [String: Self] = [
        "08P01": .other,  // protocol violation: this side's mistake
        "21000": .dataException,  // cardinality violation
        "23502": .notNullViolation,
        "23503": .foreignKeyViolation,
        "23505": .uniqueViolation,
        "23514": .checkViolation,
        "23P01": .exclusionViolation,
        "25006": .unavailable,  // read-only: connected to a standby or during a failover
        "25P02": .transactionAborted,
        "25P03": .connectionLost,  // idle in transaction for too long
        "25P04": .connectionLost,  // transaction timeout
        "40001": .serializationFailure,
        "40P01": .deadlock,
        "42501": .insufficientPrivilege,
        "42601": .syntaxError,
        "42602": .syntaxError,
        "42701": .duplicateObject,
        "42710": .duplicateObject,
        "42723": .duplicateObject,
        "42P04": .duplicateObject,
        "42P06": .duplicateObject,
        "42P07": .duplicateObject,
        "42703": .undefinedObject,  // column
        "42704": .undefinedObject,
        "42883": .undefinedObject,  // function
        "42P01": .undefinedObject,  // table
        "42P02": .undefinedObject,  // parameter
        "53100": .diskFull,
        "53300": .unavailable,  // too many connections
        "55P03": .lockNotAvailable,
        "57014": .queryCanceled,
        "57P01": .connectionLost,  // administrator's shutdown
        "57P02": .connectionLost,  // crash of another session
        "57P03": .unavailable,  // starting up or shutting down
        "57P04": .connectionLost,  // database dropped
        "57P05": .connectionLost,  // idle session timeout
        "58030": .insufficientResources,  // input/output error
    ]

    private static let byClass: [String: Self] = [
        "08": .connectionLost,
        "22": .dataException,
        "23": .integrityViolation,
        "26": .undefinedObject,  // invalid statement name
        "28": .unavailable,  // invalid authorization
        "2B": .integrityViolation,  // dependent objects exist
        "3D": .undefinedObject,  // database
        "3F": .undefinedObject,  // schema
        "40": .serializationFailure,
        "42": .syntaxError,
        "44": .checkViolation,  // view's check option
        "53": .insufficientResources,
        "54": .insufficientResources,
        "P0": .raisedException,
    ]
}

extension DatabaseError {
    /// The server's report of an error.
    init(_ result: ResultStorage) {
        let sqlState = result.errorField(CPOSTGRES_DIAG_SQLSTATE)
        let sourceFunction = result.errorField(CPOSTGRES_DIAG_SOURCE_FUNCTION)
        var code = sqlState.map { Code(sqlState: $0) } ?? .connectionLost
        // The server gives row policies no SQLSTATE of their own; its source function tells them
        // apart in every language.
        if sqlState == "42501", sourceFunction == "ExecWithCheckOptions" {
            code = .rowSecurityViolation
        }
        self.init(
            code: code,
            sqlState: sqlState,
            message: result.errorField(CPOSTGRES_DIAG_MESSAGE) ?? result.errorMessage,
            constraint: result.errorField(CPOSTGRES_DIAG_CONSTRAINT),
            table: result.errorField(CPOSTGRES_DIAG_TABLE),
            column: result.errorField(CPOSTGRES_DIAG_COLUMN)
        )
        switch code {
        case .unavailable, .connectionLost, .diskFull, .insufficientResources:
            self.retryAfter = .milliseconds(Int.random(in: 200...1000))
        case .serializationFailure, .deadlock, .lockNotAvailable:
            self.retryAfter = .milliseconds(Int.random(in: 5...50))
        default:
            break
        }
        self.isStaleStatement =
            sqlState == "26000"
            || (sqlState == "0A000" && sourceFunction == "RevalidateCachedQuery")
    }
}
