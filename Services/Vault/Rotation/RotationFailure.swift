internal import RPC
internal import ServiceKit
internal import VaultAPI

/// Why a rotation did not go on; what readers get is as it was.
///
/// It never holds what a hook has written: that may be a value.
struct RotationFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// Where it stopped.
    let step: RotationStep
    let fault: RotationFault

    var description: String { "\(self.step): \(self.fault)" }
}

/// What was wrong with a hook or a peer.
enum RotationFault: Error, Hashable, Sendable, CustomStringConvertible {
    /// There is none of this name, or not in a form that is run.
    case unknown(String)
    /// It could not be started.
    case notStarted(String)
    /// It ended with this status.
    case ended(status: Int32)
    /// A signal ended it.
    case killed(signal: Int32)
    /// It took longer than it may.
    case tooLate
    /// It wrote more than a sealed value has.
    case tooMuch
    /// What it answered is no sealed value.
    case unreadable
    /// A peer refused, for this reason.
    case refused(String)
    /// The pending value cannot be used: another one is to be made.
    case valueRefused

    var description: String {
        switch self {
        case .unknown(let what): what
        case .notStarted(let why): "it cannot be started: \(why)"
        case .ended(let status): "it ended with status \(status)"
        case .killed(let signal): "signal \(signal) ended it"
        case .tooLate: "it took too long"
        case .tooMuch: "it wrote more than a sealed value has"
        case .unreadable: "what it answered is no sealed value"
        case .refused(let reason): "it refused with \(reason)"
        case .valueRefused: "the pending value cannot be used, and another one is to be made"
        }
    }
}

extension RotationFailure: RPCErrorConvertible {
    var rpcError: RPCError {
        RPCError(
            .failedPrecondition, reason: "vault.rotation_failed",
            message: "The next value was not made: \(self.description).",
            retry: .after(.seconds(60)), details: ["step": self.step.rawValue])
    }
}
