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

    /// Refuses unless the vault is open.
    func requireOpen() throws(RPCError) {
        if let why = self.objection { throw .locked(why) }
    }

    /// A dependency for the health report.
    var health: DependencyHealth {
        let why = self.objection
        return DependencyHealth(name: "vault", isReady: why == nil, message: why)
    }
}
