import RPC

/// Why a command did not do what was asked, in the words and with the number that are shown.
struct CommandFailure: Error, Hashable {
    /// What the process exits with.
    var status: ExitStatus
    /// A stable identifier: the service's, or one of our own that begins with `rpcctl.`.
    var reason: String
    /// A sentence, without a full stop's worth of jargon.
    var message: String
    /// What to try next, a line each.
    var hints: [String]
    /// The service's code where the service failed the call.
    var code: RPCErrorCode?
    /// The service's further facts.
    var details: [String: String]
    /// The service's advice about sending the same request again.
    var retry: RetryAdvice?

    init(
        _ status: ExitStatus, reason: String, _ message: String, hints: [String] = []
    ) {
        self.status = status
        self.reason = reason
        self.message = message
        self.hints = hints
        self.details = [:]
    }

    /// A failure that the service (or the way to it) reported.
    init(_ error: RPCError, hints: [String] = []) {
        self.init(.remote(error.code), reason: error.reason, error.message, hints: hints)
        self.code = error.code
        self.details = error.details
        self.retry = error.retry
    }

    func hinting(_ hints: String...) -> Self {
        var copy = self
        copy.hints += hints
        return copy
    }
}

extension CommandFailure {
    static func usage(_ message: String, hints: [String] = []) -> Self {
        Self(.usage, reason: "rpcctl.usage", message, hints: hints)
    }

    static func invalidRequest(_ message: String, hints: [String] = []) -> Self {
        Self(.invalidRequest, reason: "rpcctl.request_invalid", message, hints: hints)
    }

    static func configuration(_ message: String, hints: [String] = []) -> Self {
        Self(.configuration, reason: "rpcctl.configuration_invalid", message, hints: hints)
    }

    static let notSignedIn = {
        var failure = Self(
            .remote(.unauthenticated), reason: "rpcctl.not_signed_in", "You are not signed in.",
            hints: ["rpcctl sign-in"])
        failure.code = .unauthenticated
        return failure
    }()
}
