/// Why one call failed.  The connection and all other calls are unaffected.
///
/// `code` is for programs that decide what kind of failure it was, `reason` for programs that
/// handle one particular failure, `message` for people.  Neither ever carries SQL, paths or
/// secrets.
public struct RPCError: Error, Sendable, Hashable {
    /// The kind of failure.
    public var code: RPCErrorCode
    /// A stable identifier such as `identity.credentials_invalid`; lower case, `service.what`.
    public var reason: String
    /// A sentence for people, safe to show.
    public var message: String
    /// When the same request may be sent again.
    public var retry: RetryAdvice
    /// Further facts for programs: field names, limits, identifiers.
    public var details: [String: String]

    /// Describes a failure.
    public init(
        _ code: RPCErrorCode,
        reason: String,
        message: String,
        retry: RetryAdvice = .never,
        details: [String: String] = [:]
    ) {
        self.code = code
        self.reason = reason
        self.message = message
        self.retry = retry
        self.details = details
    }
}

extension RPCError: CustomStringConvertible {
    /// Code, reason and message in one line.
    public var description: String { "\(self.code) (\(self.reason)): \(self.message)" }
}

/// What a caller may do after a failure.
public enum RetryAdvice: Sendable, Hashable {
    /// The same request will fail again, or must not be repeated.
    case never
    /// The server did not begin to process it: always safe to send again.
    case notProcessed
    /// Not processed either; send it again after this time.
    case after(Duration)
    /// It may have been processed: send it again only if the method's contract allows.
    case ifRepeatable
}

/// The sixteen kinds of failure, with gRPC's numbers and meanings.
///
/// Litmus test for the three that are easily confused: use `unavailable` if the caller can just
/// retry this call, `aborted` if it should retry at a higher level (read again, then write), and
/// `failedPrecondition` if it must not retry until the state has been changed by somebody.
public struct RPCErrorCode: RawRepresentable, Hashable, Sendable, Codable {
    /// gRPC's number, 1 to 16.
    public let rawValue: UInt8
    /// Makes a code, known or not.
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The caller cancelled the call, or the stream it belonged to ended.
    public static let cancelled = Self(rawValue: 1)
    /// A failure that fits none of the others, usually from another system.
    public static let unknown = Self(rawValue: 2)
    /// The request is wrong whatever the state of the system.
    public static let invalidArgument = Self(rawValue: 3)
    /// The time ran out; it may have been done.
    public static let deadlineExceeded = Self(rawValue: 4)
    /// There is no such thing, or it is not yours to know of.
    public static let notFound = Self(rawValue: 5)
    /// The thing to be made exists.
    public static let alreadyExists = Self(rawValue: 6)
    /// The caller is known and may not do this.
    public static let permissionDenied = Self(rawValue: 7)
    /// A quota, a queue or a rate is used up.
    public static let resourceExhausted = Self(rawValue: 8)
    /// The system is not in the state that this needs.
    public static let failedPrecondition = Self(rawValue: 9)
    /// It met a concurrent change; read again and decide again.
    public static let aborted = Self(rawValue: 10)
    /// Past the valid range of something that may grow.
    public static let outOfRange = Self(rawValue: 11)
    /// The service has no such method.
    public static let unimplemented = Self(rawValue: 12)
    /// A defect of the service.
    public static let `internal` = Self(rawValue: 13)
    /// The service cannot do it now; try again.
    public static let unavailable = Self(rawValue: 14)
    /// Data was lost or damaged beyond repair.
    public static let dataLoss = Self(rawValue: 15)
    /// The caller is not known: no token, or one that is not valid.
    public static let unauthenticated = Self(rawValue: 16)
}

extension RPCErrorCode: CustomStringConvertible {
    /// The name in lower case, as printed and as used in documents.
    public var description: String {
        Self.names.indices.contains(Int(self.rawValue)) && self.rawValue > 0
            ? Self.names[Int(self.rawValue)] : "code_\(self.rawValue)"
    }

    private static let names = [
        "ok", "cancelled", "unknown", "invalid_argument", "deadline_exceeded", "not_found",
        "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
        "aborted", "out_of_range", "unimplemented", "internal", "unavailable", "data_loss",
        "unauthenticated",
    ]
}
