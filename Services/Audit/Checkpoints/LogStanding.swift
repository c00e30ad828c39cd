internal import Locks
internal import RPC

/// Whether the log may grow: what is stored must fit what was signed.
final class LogStanding: Sendable {
    /// How the log stands.
    enum State: Hashable, Sendable {
        /// It was not compared yet.
        case opening
        /// What is stored goes on from what was signed.
        case fit
        /// What is stored is not what was signed; a sentence says why.  Nothing is appended or
        /// signed until an operator has seen to it.
        case unfit(String)
        /// Another process appends.
        case replaced
    }

    private let value = Mutex(State.opening)
    private let comparedState = Mutex<LogState?>(nil)

    /// How the log stands.
    var state: State { self.value.withLock { $0 } }

    /// The state that was compared with what was signed.
    var compared: LogState? { self.comparedState.withLock { $0 } }

    /// Notes what state is compared with what was signed.
    func compare(with state: LogState) { self.comparedState.withLock { $0 = state } }

    /// Notes how the log stands; it leaves ``State/unfit(_:)`` by a new start only.
    func set(_ state: State) {
        self.value.withLock { value in
            if case .unfit = value { return }
            value = state
        }
    }

    /// Refuses unless the log may grow.
    func requireFit() throws(RPCError) {
        switch self.state {
        case .opening: throw .notRunning
        case .fit: return
        case .unfit(let why): throw .logBehind(why)
        case .replaced: throw .writerReplaced
        }
    }

    /// A dependency for the health report.
    var health: DependencyHealth {
        let message: String? =
            switch self.state {
            case .opening: "The log was not compared with the signer's file yet."
            case .fit: nil
            case .unfit(let why): why
            case .replaced: "Another process appends to this log."
            }
        return DependencyHealth(name: "log", isReady: message == nil, message: message)
    }
}
