/// Why this process cannot go on with the log as it is stored.
enum LogFailure: Error, Hashable, CustomStringConvertible {
    /// It is not as this process left it: another one appends to it, or an older database was put
    /// in its place.
    case fenced
    /// The database has no state of the log.
    case stateMissing
    /// What is stored cannot be gone on from, and why: a sentence.
    case damaged(String)

    /// The stored tiles do not give the stored root.
    static let brokenTree = Self.damaged("The stored tiles do not give the stored root.")

    /// What `audit.advance_log` raises where the log is not as its writer left it.
    static let fencedSQLState = "SA001"

    var description: String {
        switch self {
        case .fenced:
            "the log is not as this process left it: another one appends to it, or an older "
                + "database was put in its place"
        case .stateMissing: "audit.log_state has no row: somebody has removed it"
        case .damaged(let why): why
        }
    }
}
