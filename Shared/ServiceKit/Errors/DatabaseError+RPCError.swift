package import Postgres
package import RPC

/// The one place that says what a caller is told when the database refuses.
///
/// The server's own message may hold values of rows: it never leaves the process.
extension DatabaseError: RPCErrorConvertible {
    package var rpcError: RPCError {
        switch self.code {
        case .unavailable, .queueFull, .insufficientResources:
            RPCError(
                self.code == .unavailable ? .unavailable : .resourceExhausted,
                reason: self.code == .unavailable ? "database.unavailable" : "database.busy",
                message: "The service's database cannot take the call at the moment.",
                retry: .after(self.retryAfter ?? .milliseconds(500)))
        case .connectionLost:
            RPCError(
                .unavailable, reason: "database.connection_lost",
                message: "The connection to the service's database broke during the call.",
                retry: self.commitOutcomeUnknown ? .ifRepeatable : .after(.milliseconds(500)))
        case .diskFull:
            RPCError(
                .unavailable, reason: "database.disk_full",
                message: "The service's database has no room.", retry: .ifRepeatable)
        case .statementTimeout:
            RPCError(
                .deadlineExceeded, reason: "database.timeout",
                message: "The time for the call ran out.", retry: .ifRepeatable)
        case .queryCanceled:
            RPCError(
                .cancelled, reason: "rpc.cancelled", message: "The call was cancelled.",
                retry: .ifRepeatable)
        case .serializationFailure, .deadlock, .lockNotAvailable:
            RPCError(
                .aborted, reason: "database.conflict",
                message: "The call met a concurrent change.", retry: .ifRepeatable)
        case .uniqueViolation, .exclusionViolation:
            RPCError(
                .alreadyExists, reason: "database.already_exists",
                message: "Something with these properties exists already.")
        case .foreignKeyViolation, .integrityViolation:
            RPCError(
                .failedPrecondition, reason: "database.reference_missing",
                message: "Something that this refers to is missing, or something refers to this.")
        case .checkViolation, .notNullViolation, .dataException:
            RPCError(
                .invalidArgument, reason: "database.value_refused",
                message: "A value is outside what can be stored.")
        case .rowSecurityViolation:
            RPCError(
                .permissionDenied, reason: "database.row_refused",
                message: "This is not yours to change.")
        case .insufficientPrivilege, .undefinedObject, .duplicateObject, .syntaxError,
            .raisedException, .transactionAborted, .decoding, .other:
            RPCError(
                .internal, reason: "rpc.internal",
                message: "The service failed; its log says more.", retry: .ifRepeatable)
        }
    }
}
