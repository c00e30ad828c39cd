internal import RPC

/// Why one conversation of a file is not taken in.
struct ImportRefusal: Error, Hashable {
    /// A stable identifier.
    let reason: String
    /// A sentence for people.
    let message: String

    /// Refuses for a reason of its own.
    init(_ reason: String, _ message: String) {
        self.reason = "conversations.\(reason)"
        self.message = message
    }

    /// Refuses because a rule that holds for all requests is broken.
    init(_ error: RPCError, in place: String) {
        self.reason = error.reason
        self.message = "\(place): \(error.message)"
    }
}
