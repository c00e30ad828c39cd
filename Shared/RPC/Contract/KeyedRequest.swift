/// A request with a field for its idempotency key, which may also come with the call.
public protocol KeyedRequest {
    /// The key; a call that names another one is refused.
    var idempotencyKey: String? { get set }
}
