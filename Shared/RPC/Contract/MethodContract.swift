/// What a method promises its callers, apart from its fields.
public struct MethodContract: Sendable, Hashable {
    /// The name on the wire: service, full stop, method, as in `identity.SignIn`.
    public let name: String
    /// One sentence for whoever reads `rpcctl describe`.
    public let documentation: String
    /// Who may call it; checked before the handler runs.
    public let access: AccessRule
    /// Whether a caller may send the same request again without knowing how the first ended.
    public let repeatability: Repeatability
    /// What is remembered of a call that came with an idempotency key.
    public let keyedAnswer: KeyedAnswer
    /// The audit action that a successful call records, such as `signed_in`.
    public let auditAction: String?
    /// What happens to request fields that the server does not know.
    public let unknownFields: UnknownFieldPolicy
    /// The time a call gets when its caller names none.
    public let defaultTimeout: Duration?
    /// Whether its stream has no end of its own, so that a server that shuts down ends it at once
    /// and the caller goes on elsewhere.
    public let isEndless: Bool

    /// States a method's contract.
    ///
    /// - Parameters:
    ///   - name: `service.Method`; letters, digits, `_` and one `.`, at most 128 bytes.
    ///   - documentation: one sentence.
    ///   - access: who may call it.
    ///   - repeatability: whether sending it again is safe.
    ///   - keyedAnswer: what is remembered of a call with an idempotency key; `nil` means the
    ///     answer where repeating needs a key, and nothing otherwise.
    ///   - auditAction: the action it records, if any.
    ///   - unknownFields: `.reject` where ignoring a field would be dangerous.
    ///   - defaultTimeout: for calls that name none; `nil` means 30 s for unary methods and no
    ///     bound for streams.
    ///   - isEndless: whether its stream has no end of its own.
    public init(
        _ name: String,
        documentation: String,
        access: AccessRule,
        repeatability: Repeatability,
        keyedAnswer: KeyedAnswer? = nil,
        auditAction: String? = nil,
        unknownFields: UnknownFieldPolicy = .ignore,
        defaultTimeout: Duration? = nil,
        isEndless: Bool = false
    ) {
        self.name = name
        self.documentation = documentation
        self.access = access
        self.repeatability = repeatability
        self.keyedAnswer = keyedAnswer ?? (repeatability == .withKey ? .kept : .notKept)
        self.auditAction = auditAction
        self.unknownFields = unknownFields
        self.defaultTimeout = defaultTimeout
        self.isEndless = isEndless
    }
}

/// Whether a call may be sent again when its outcome is not known.
public enum Repeatability: String, Codable, CaseIterable, Sendable {
    /// It changes nothing: send it as often as you like.
    case readOnly = "read_only"
    /// Doing it twice is the same as doing it once.
    case idempotent
    /// Safe to send again with the same idempotency key, which the request or metadata carries.
    case withKey = "with_key"
    /// Sending it again may do it again.
    case never
}

/// What a server does with request fields that it does not know.
public enum UnknownFieldPolicy: String, Codable, CaseIterable, Sendable {
    /// Leave them aside, so that newer callers can talk to it.
    case ignore
    /// Refuse the call: a field it dropped silently could have been a restriction.
    case reject
}
