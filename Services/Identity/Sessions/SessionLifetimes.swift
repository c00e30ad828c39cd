/// How long sessions and their tokens live.
struct SessionLifetimes: Sendable, Hashable {
    /// How long a session lives that is not refreshed.
    var idle: Duration = .seconds(14 * 86_400)
    /// How long a session lives at the most.
    var absolute: Duration = .seconds(90 * 86_400)
    /// For how long after its exchange a refresh token yields the same successor again.
    var successorGrace: Duration = .seconds(10)
    /// Open sessions of one person; the ones unused for longest are ended beyond it.
    var sessionLimit = 100
}
