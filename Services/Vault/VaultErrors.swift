internal import RPC

/// What the methods refuse, each with its stable reason.
extension RPCError {
    /// A secret that is not there, has expired, is deleted or destroyed, or is not the caller's to
    /// use: whoever may not know cannot tell which.
    static let secretUnavailable = RPCError(
        .notFound, reason: "vault.secret_unavailable",
        message: "There is no such secret that you may use now.")

    /// The secret has expired; told to those who may know.
    static let secretExpired = RPCError(
        .failedPrecondition, reason: "vault.secret_expired", message: "The secret has expired.")

    /// The secret is switched off; told to those who may know.
    static let secretInactive = RPCError(
        .failedPrecondition, reason: "vault.secret_inactive",
        message: "The secret is switched off.")

    /// The secret or version is deleted; told to those who may know.
    static let secretDeleted = RPCError(
        .failedPrecondition, reason: "vault.secret_deleted",
        message: "The secret or the version is deleted; it can be brought back.")

    /// The keys are gone; told to those who may know.
    static let secretDestroyed = RPCError(
        .failedPrecondition, reason: "vault.secret_destroyed",
        message: "The keys of this secret or version were destroyed; nobody can read it.")

    /// The secret has no such version; told to those who may know.
    static let versionMissing = RPCError(
        .notFound, reason: "vault.version_missing", message: "The secret has no such version.")

    /// Somebody may see a secret, but its value is for others.
    static let secretNotYours = RPCError(
        .permissionDenied, reason: "vault.secret_not_yours",
        message: "You may manage this secret, but neither own it nor hold its permission.")

    /// What is stored is not what the vault wrote last.
    static let tampered = RPCError(
        .dataLoss, reason: "vault.tampered",
        message: "What is stored is not what the vault wrote last: ask the vault's operators.")

    /// The vault is locked.
    static func locked(_ why: String) -> RPCError {
        RPCError(
            .failedPrecondition, reason: "vault.locked", message: "The vault is locked: \(why)",
            retry: .after(.seconds(30)))
    }

    /// Without its database the vault can record nothing.
    static let databaseAway = RPCError(
        .unavailable, reason: "vault.database_away",
        message:
            "The vault's database does not answer: no use of a secret can be recorded, so nothing "
            + "is released and nothing changed.",
        retry: .after(.seconds(1)))

    /// The keyring cannot be written, so nothing can be changed.
    static let keyringUnwritable = RPCError(
        .unavailable, reason: "vault.keyring_unwritable",
        message: "The keyring or its copy cannot be written: nothing can be changed until it can.",
        retry: .after(.seconds(10)))

    /// The secret has changed since the revision that the caller expected.
    static let revisionConflict = RPCError(
        .aborted, reason: "vault.revision_conflict",
        message: "The secret has changed since; read it again.")

    /// Somebody else put the version with this number.
    static func versionConflict(latest: Int64) -> RPCError {
        RPCError(
            .aborted, reason: "vault.version_conflict",
            message: "Somebody was quicker: seal the value for the next version.",
            details: ["latestVersion": String(latest)])
    }

    /// A name that another secret or connection of the same owner has.
    static let nameTaken = RPCError(
        .alreadyExists, reason: "vault.name_taken", message: "There is one of this name already.")

    /// What was sealed does not fit the version, the key or the vault.
    static func sealInvalid(_ why: String) -> RPCError {
        RPCError(
            .invalidArgument, reason: "vault.seal_invalid",
            message: "The sealed value does not fit: \(why)")
    }

    /// The current version cannot be deleted.
    static let versionIsCurrent = RPCError(
        .failedPrecondition, reason: "vault.version_is_current",
        message: "This is the current version: make another one current first.")

    /// There is no such destruction, or not any more.
    static let destructionNotFound = RPCError(
        .notFound, reason: "vault.destruction_not_found",
        message: "There is no such destruction that waits for a second person.")

    /// Nobody approves what they asked for themselves.
    static let needsSecondPerson = RPCError(
        .permissionDenied, reason: "vault.needs_second_person",
        message: "Somebody else must approve this.")

    /// The secret does not say how it gets its next value.
    static let notRotatable = RPCError(
        .failedPrecondition, reason: "vault.not_rotatable",
        message: "The vault cannot make the next value of this secret by itself.")

    /// A secret may name a hook or a peer only if somebody says so who manages secrets.
    static let rotationNeedsManager = RPCError(
        .permissionDenied, reason: "vault.rotation_needs_manager",
        message: "Only who holds vault:manage may have a hook or a peer rotate a secret.")

    /// The secret is being rotated.
    static let rotationRunning = RPCError(
        .aborted, reason: "vault.rotation_running", message: "The secret is being rotated.",
        retry: .after(.seconds(1)))

    /// So many rotations run that no more are begun.
    static let rotationsBusy = RPCError(
        .resourceExhausted, reason: "vault.busy", message: "Too many rotations run.",
        retry: .after(.seconds(1)))

    /// Somebody has put a version that is to become current.
    static let versionIsPending = RPCError(
        .failedPrecondition, reason: "vault.version_is_pending",
        message: "A version that somebody has put is pending: promote it or take its label off.")

    /// Another epoch is current than the caller expected, or versions still need the one to go.
    static func epochInUse(_ why: String) -> RPCError {
        RPCError(.failedPrecondition, reason: "vault.epoch_in_use", message: why)
    }

    /// There is no such connection.
    static let connectionNotFound = RPCError(
        .notFound, reason: "vault.connection_not_found", message: "There is no such connection.")

    /// A field whose value is not allowed.
    static func invalid(_ field: String, _ message: String) -> RPCError {
        RPCError(
            .invalidArgument, reason: "vault.field_invalid", message: "\(field): \(message)",
            details: ["field": field])
    }
}
