/// What a service remembers of a call that came with an idempotency key.
public enum KeyedAnswer: String, Codable, CaseIterable, Sendable {
    /// Nothing: a key changes nothing.
    case notKept = "not_kept"
    /// The answer, in the transaction of the change: the same caller's same request with the same
    /// key does nothing more and gets that answer.
    case kept
    /// Nothing, because the answer carries a credential, which is not written down.
    case credential
}
