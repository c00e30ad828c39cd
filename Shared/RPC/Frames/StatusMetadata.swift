/// The metadata of STATUS and RESET: how a call ended.  `PROTOCOL.md`, "Errors".
struct StatusMetadata: Codable, Sendable, Equatable {
    /// 0 for success, or gRPC's number.
    var code: UInt8
    var reason: String?
    var message: String?
    /// 0 never, 1 not processed, 2 not processed and wait, 3 only if repeatable.
    var retry: UInt8?
    /// Milliseconds to wait before sending it again, with `retry` 2.
    var retryAfter: UInt32?
    var details: [String: String]?

    static let success = StatusMetadata(code: 0)

    init(code: UInt8) { self.code = code }

    init(_ error: RPCError) {
        self.code = error.code.rawValue
        self.reason = error.reason
        // What comes from a request must not make the frame larger than any peer accepts.
        self.message = error.message.shortened
        self.details =
            error.details.isEmpty
            ? nil
            : Dictionary(
                error.details.prefix(16).map { ($0.key.shortened, $0.value.shortened) },
                uniquingKeysWith: { first, _ in first })
        switch error.retry {
        case .never: break
        case .notProcessed: self.retry = 1
        case .after(let delay):
            self.retry = 2
            self.retryAfter = UInt32(clamping: delay.milliseconds)
        case .ifRepeatable: self.retry = 3
        }
    }

    /// The failure this describes; `nil` for success.
    var error: RPCError? {
        guard self.code != 0 else { return nil }
        let retry: RetryAdvice =
            switch self.retry {
            case 1: .notProcessed
            case 2: .after(.milliseconds(Int64(self.retryAfter ?? 0)))
            case 3: .ifRepeatable
            default: .never
            }
        return RPCError(
            RPCErrorCode(rawValue: self.code), reason: self.reason ?? "rpc.unspecified",
            message: self.message ?? "The server gave no message.", retry: retry,
            details: self.details ?? [:])
    }
}

extension String {
    /// The beginning, if it is longer than what a peer needs to be told: 256 characters of Unicode.
    var shortened: String {
        let scalars = self.unicodeScalars
        guard self.utf8.count > 256,
            let end = scalars.index(
                scalars.startIndex, offsetBy: 256, limitedBy: scalars.endIndex),
            end < scalars.endIndex
        else { return self }
        return String(scalars[..<end]) + "…"
    }
}

extension Duration {
    /// Whole milliseconds, rounded down.
    package var milliseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000)
        return overflow
            ? (seconds < 0 ? .min : .max) : product + attoseconds / 1_000_000_000_000_000
    }

    /// Whole microseconds, rounded down.
    package var microseconds: Int64 {
        let (seconds, attoseconds) = self.components
        let (product, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000)
        return overflow ? (seconds < 0 ? .min : .max) : product + attoseconds / 1_000_000_000_000
    }
}
