internal import Locks
internal import RPC

/// Whether the vault gives out and takes anything.
final class VaultStanding: Sendable {
    private enum State {
        /// The database was not compared with the keyring yet.
        case opening
        case open
        /// A sentence says why.
        case locked(String)
    }

    private let state = Mutex(State.opening)
    private let database: DatabaseWatch?

    /// Stands closed until it is opened.
    ///
    /// - Parameter database: without which nothing can be recorded; `nil` where nobody calls.
    init(database: DatabaseWatch? = nil) { self.database = database }

    /// Opens the vault, unless it is locked.
    func open() {
        self.state.withLock { state in
            if case .opening = state { state = .open }
        }
    }

    /// Locks the vault until it is started anew.
    func lock(_ why: String) { self.state.withLock { $0 = .locked(why) } }

    /// Why it is locked; `nil` if it is not.
    var objection: String? {
        self.state.withLock { state in
            switch state {
            case .opening: "The database was not compared with the keyring yet."
            case .open: nil
            case .locked(let why): why
            }
        }
    }

    /// Refuses unless the vault is open and its database answers.
    func requireOpen() throws(RPCError) {
        if let why = self.objection { throw .locked(why) }
        if let away = self.databaseRefusal { throw away }
    }

    /// Why calls are refused for the database's sake; `nil` if they are not.
    var databaseRefusal: RPCError? { self.database?.isAway == true ? .databaseAway : nil }

    /// A dependency for the health report.
    var health: DependencyHealth {
        let why = self.objection
        return DependencyHealth(name: "vault", isReady: why == nil, message: why)
    }
}
