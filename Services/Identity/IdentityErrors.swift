internal import Postgres
internal import RPC

/// What identity's callers are told; the reasons are part of the contract.
extension RPCError {
    /// Unknown name, wrong password, disabled account, no password, throttled: nobody learns which.
    static let credentialsInvalid = RPCError(
        .unauthenticated, reason: "identity.credentials_invalid",
        message: "The name or the password is wrong.")

    /// The refresh token is unknown, expired, or its session has ended.
    static let refreshTokenInvalid = RPCError(
        .unauthenticated, reason: "identity.refresh_token_invalid",
        message: "The session has ended. Sign in again.")

    /// A refresh token came that had been exchanged before; its session is over.
    static let tokenReused = RPCError(
        .unauthenticated, reason: "identity.token_reused",
        message: "This refresh token was used before, so its session was ended. Sign in again.")

    /// The session of a still valid access token has ended.
    static let sessionEnded = RPCError(
        .unauthenticated, reason: "identity.session_ended",
        message: "The session has ended. Sign in again.")

    /// The organisation does not let people make accounts themselves.
    static let signUpClosed = RPCError(
        .failedPrecondition, reason: "identity.sign_up_closed",
        message: "Accounts are made by administrators here.")

    /// Somebody changed the thing since the caller saw it.
    static let versionConflict = RPCError(
        .aborted, reason: "identity.version_conflict",
        message: "It was changed in the meantime. Read it again and decide again.")

    /// The address or the user name belongs to another account; told to administrators only.
    static let userExists = RPCError(
        .alreadyExists, reason: "identity.user_exists",
        message: "Another account has this address or user name.")

    /// The last person who may do everything has to stay.
    static let lastSuperuser = RPCError(
        .failedPrecondition, reason: "identity.last_superuser",
        message: "Somebody active has to keep all permissions.")

    /// There is no such thing.
    static func notFound(_ what: String) -> RPCError {
        RPCError(.notFound, reason: "identity.not_found", message: "There is no such \(what).")
    }

    /// A field of the request is wrong whatever the state of the system.
    static func invalid(_ field: String, _ reason: String, _ message: String) -> RPCError {
        RPCError(
            .invalidArgument, reason: "identity.\(reason)", message: message,
            details: ["field": field])
    }

    /// Why attempts are refused that come too often.
    static let throttledReason = "identity.throttled"

    /// Why calls are refused by handlers that record it themselves, with what they know of it.
    static let recordedReasons: Set<String> = [
        Self.credentialsInvalid.reason, Self.tokenReused.reason,
    ]

    /// Too many attempts from one place.
    static func throttled(retryAfter: Duration) -> RPCError {
        RPCError(
            .resourceExhausted, reason: Self.throttledReason,
            message: "Too many attempts. Try again later.", retry: .after(retryAfter))
    }

    /// Somebody may not grant, or act against, what they do not hold themselves.
    static func exceedsOwnPermissions(_ missing: [String]) -> RPCError {
        RPCError(
            .permissionDenied, reason: "identity.exceeds_own_permissions",
            message: "This needs permissions that you do not hold.",
            details: ["missing": missing.joined(separator: " ")])
    }
}

extension RPCError {
    /// The caller's mistake behind a violated constraint, if the constraint tells of one.
    init?(_ error: DatabaseError) {
        switch error.constraint {
        case "users_time_zone_known":
            self = .invalid("timeZone", "time_zone_unknown", "There is no such time zone.")
        case "users_email_key_unique", "users_username_unique":
            self = .userExists
        default:
            return nil
        }
    }

    /// Runs work, turning violations that the caller caused into what the caller is told.
    static func explaining<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as DatabaseError {
            throw RPCError(error) ?? error
        }
    }
}
