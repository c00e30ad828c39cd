package import RPC

/// What callers with an idempotency key are told; the reasons are part of the protocol.
extension RPCError {
    /// The key came before with another request.
    package static let idempotencyKeyReused = RPCError(
        .invalidArgument, reason: "rpc.idempotency_key_reused",
        message: "This idempotency key came before with another request.")

    /// The request with this key was answered before, and the answer cannot be given again.
    package static let answerNotKept = RPCError(
        .failedPrecondition, reason: "rpc.answer_not_kept",
        message: "This was done before, but its answer was not kept. Read what has become of it.")

    /// The key is none that can be kept.
    package static func idempotencyKeyInvalid(_ message: String) -> RPCError {
        RPCError(
            .invalidArgument, reason: "rpc.idempotency_key_invalid", message: message,
            details: ["field": "idempotencyKey"])
    }
}
