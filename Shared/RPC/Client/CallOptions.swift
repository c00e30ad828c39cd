/// What a caller says about one call, apart from the request.
public struct CallOptions: Sendable {
    /// How long to wait; `nil` means the method's default (30 s for unary calls, no bound for
    /// streams).
    public var timeout: Duration?
    /// The person's access token, if the call is made on behalf of one.
    public var token: String?
    /// Makes a repeated write harmless where the method allows; at most 128 bytes.
    public var idempotencyKey: String?
    /// The trace that the call belongs to.
    public var trace: TraceContext?
    /// Free key-value pairs for the handler, within the metadata limit.
    public var metadata: [String: String]

    /// Makes options.
    public init(
        timeout: Duration? = nil,
        token: String? = nil,
        idempotencyKey: String? = nil,
        trace: TraceContext? = nil,
        metadata: [String: String] = [:]
    ) {
        self.timeout = timeout
        self.token = token
        self.idempotencyKey = idempotencyKey
        self.trace = trace
        self.metadata = metadata
    }
}
