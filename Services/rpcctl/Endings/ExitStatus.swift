import RPC

/// What the process tells its shell: one number for each way of ending.
///
/// 64 to 78 are the meanings of sysexits.h, 124 is what `timeout` says, 130 is a shell's own for
/// SIGINT.  A failure that the service reported is 100 plus its code, so that a script can tell
/// `not_found` (105) from `permission_denied` (107) without reading text.
struct ExitStatus: Hashable, Sendable {
    let number: Int32

    /// Everything was done.
    static let success = Self(number: 0)
    /// Something that none of the others describes; also a defect of rpcctl.
    static let unspecified = Self(number: 1)
    /// What services offer has changed in a way that breaks their callers.
    static let breakingChange = Self(number: 3)
    /// Something in the audit log is not what was signed.
    static let notVerified = Self(number: 4)
    /// The command line makes no sense (EX_USAGE).
    static let usage = Self(number: 64)
    /// The request does not fit the method's schema, or its input can't be read (EX_DATAERR).
    static let invalidRequest = Self(number: 65)
    /// No connection to the service (EX_UNAVAILABLE).
    static let unreachable = Self(number: 69)
    /// Connected, but the other side does not speak the protocol (EX_PROTOCOL).
    static let protocolFailure = Self(number: 76)
    /// The socket may not be opened by this user (EX_NOPERM).
    static let socketForbidden = Self(number: 77)
    /// A configuration, state file or environment variable is wrong (EX_CONFIG).
    static let configuration = Self(number: 78)
    /// The time given by the caller ran out before an answer came.
    static let deadline = Self(number: 124)
    /// Interrupted by Ctrl-C (SIGINT).
    static let interrupted = Self(number: 130)
    /// Ended by SIGTERM.
    static let terminated = Self(number: 143)

    /// The service answered with a failure: 101 to 116; a code that nobody knows counts as unknown.
    static func remote(_ code: RPCErrorCode) -> Self {
        let isKnown = (1...16).contains(code.rawValue)
        return Self(number: 100 + Int32((isKnown ? code : .unknown).rawValue))
    }
}

extension ExitStatus {
    /// All of them in the words of the help page, as number and meaning.
    static let documentation: [(number: String, meaning: String)] = [
        ("0", "done"),
        ("1", "a failure that no other number describes"),
        ("3", "rpcctl diff found a change that breaks callers"),
        ("4", "rpcctl audit found something that is not what was signed"),
        ("64", "the command line is wrong"),
        ("65", "the request does not fit the method's schema, or can't be read"),
        ("69", "no connection to the service"),
        ("76", "connected, but the handshake or the protocol failed"),
        ("77", "this user may not open the service's socket"),
        ("78", "a configuration file, state file or variable is wrong"),
        ("101–116", "the service answered with a failure: 100 + its code"),
        ("124", "the time ran out before the answer came (--timeout)"),
        ("130", "interrupted by Ctrl-C"),
    ]

    /// The codes behind 101 to 116, in order.
    static let remoteCodes: [RPCErrorCode] = (1...16).map { RPCErrorCode(rawValue: $0) }

    /// The help page's body.
    static var helpText: String {
        let width = self.documentation.map(\.number.count).max() ?? 0
        var lines = self.documentation.map { entry in
            "  " + entry.number.padded(to: width) + "  " + entry.meaning
        }
        lines += ["", "The codes a service answers with:", ""]
        for row in stride(from: 0, to: self.remoteCodes.count, by: 2) {
            let pair = self.remoteCodes[row..<min(row + 2, self.remoteCodes.count)]
            let cells = pair.map { "\(Self.remote($0).number)  \($0)" }
            lines.append("  " + cells[0].padded(to: 30) + (cells.count > 1 ? cells[1] : ""))
        }
        return lines.joined(separator: "\n")
    }
}
