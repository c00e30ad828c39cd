/// What is known of a refresh token that came back, all as of one instant.
struct RefreshState: Sendable, Hashable {
    /// Whether the session was ended or has expired.
    var isSessionOver: Bool
    /// Whether the person may do anything.
    var isUserActive: Bool
    /// Whether the token itself has expired.
    var isExpired: Bool
    /// Whether it was exchanged.
    var isUsed: Bool
    /// Whether it was exchanged so lately that it may come again.
    var isWithinGrace: Bool
    /// Whether the token it was exchanged for was exchanged in turn.
    var isSuccessorUsed: Bool
    /// Whether the sealed successor is still there.
    var hasSealedSuccessor: Bool
}

/// What to do with a refresh token.
enum RefreshDecision: Sendable, Hashable {
    /// Exchange it.
    case rotate
    /// Give out the same successor again.
    case repeatSuccessor
    /// End the session: the token was copied.
    case reused
    /// Refuse; there is nothing to end.
    case refuse
}

/// Decides about refresh tokens (OAuth 2.0 Security BCP, RFC 9700 section 4.14.2).
enum RefreshRules {
    /// Decides about one token.
    ///
    /// Only the direct parent of the current token may come again, and only for a moment: a
    /// repeated or parallel call is harmless, while a copy that surfaces later, or after the
    /// successor was exchanged, shows that two parties hold tokens of one session.
    static func decide(_ state: RefreshState) -> RefreshDecision {
        guard !state.isSessionOver, state.isUserActive else { return .refuse }
        guard state.isUsed else { return state.isExpired ? .refuse : .rotate }
        return state.isWithinGrace && !state.isSuccessorUsed && state.hasSealedSuccessor
            ? .repeatSuccessor : .reused
    }
}
