public import RPC

/// What happened, as an audit event names it.
public struct AuditAction: OpenEnumeration {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }

    // Signing in and out.
    public static let signedIn = Self(rawValue: "signed_in")
    public static let signInFailed = Self(rawValue: "sign_in_failed")
    public static let signedOut = Self(rawValue: "signed_out")
    public static let sessionRefreshed = Self(rawValue: "session_refreshed")
    public static let sessionRevoked = Self(rawValue: "session_revoked")
    public static let tokenReused = Self(rawValue: "token_reused")
    public static let tokenIssued = Self(rawValue: "token_issued")
    public static let passwordChanged = Self(rawValue: "password_changed")
    public static let passwordReset = Self(rawValue: "password_reset")
    public static let factorAdded = Self(rawValue: "factor_added")
    public static let factorRemoved = Self(rawValue: "factor_removed")

    // People and what they may do.
    public static let userCreated = Self(rawValue: "user_created")
    public static let userUpdated = Self(rawValue: "user_updated")
    public static let userDisabled = Self(rawValue: "user_disabled")
    public static let userEnabled = Self(rawValue: "user_enabled")
    public static let userErased = Self(rawValue: "user_erased")
    public static let usersImported = Self(rawValue: "users_imported")
    public static let roleChanged = Self(rawValue: "role_changed")
    public static let permissionGranted = Self(rawValue: "permission_granted")
    public static let permissionRevoked = Self(rawValue: "permission_revoked")
    public static let groupChanged = Self(rawValue: "group_changed")
    public static let teamChanged = Self(rawValue: "team_changed")
    public static let directorySynced = Self(rawValue: "directory_synced")
    public static let accessDenied = Self(rawValue: "access_denied")
    public static let impersonationStarted = Self(rawValue: "impersonation_started")
    public static let impersonationEnded = Self(rawValue: "impersonation_ended")

    // Conversations.
    public static let conversationCreated = Self(rawValue: "conversation_created")
    public static let conversationDeleted = Self(rawValue: "conversation_deleted")
    public static let conversationShared = Self(rawValue: "conversation_shared")
    public static let conversationsImported = Self(rawValue: "conversations_imported")
    public static let messagesExported = Self(rawValue: "messages_exported")
    public static let orderChanged = Self(rawValue: "order_changed")

    // Tools.
    public static let toolRegistered = Self(rawValue: "tool_registered")
    public static let toolChanged = Self(rawValue: "tool_changed")
    public static let toolQuarantined = Self(rawValue: "tool_quarantined")
    public static let executionRequested = Self(rawValue: "execution_requested")
    public static let executionFinished = Self(rawValue: "execution_finished")
    public static let approvalDecided = Self(rawValue: "approval_decided")

    // Secrets and keys.
    public static let secretWritten = Self(rawValue: "secret_written")
    public static let secretRead = Self(rawValue: "secret_read")
    public static let secretDestroyed = Self(rawValue: "secret_destroyed")
    public static let secretRotated = Self(rawValue: "secret_rotated")
    public static let keyRotated = Self(rawValue: "key_rotated")
    public static let secretChanged = Self(rawValue: "secret_changed")
    public static let secretDeleted = Self(rawValue: "secret_deleted")
    public static let secretRotationDue = Self(rawValue: "secret_rotation_due")
    public static let secretExpiring = Self(rawValue: "secret_expiring")
    public static let secretTampered = Self(rawValue: "secret_tampered")
    public static let connectionChanged = Self(rawValue: "connection_changed")
    public static let vaultRestored = Self(rawValue: "vault_restored")

    // Knowledge and workspace.
    public static let documentAdded = Self(rawValue: "document_added")
    public static let documentDeleted = Self(rawValue: "document_deleted")
    public static let knowledgeChanged = Self(rawValue: "knowledge_changed")
    public static let promptChanged = Self(rawValue: "prompt_changed")
    public static let dashboardChanged = Self(rawValue: "dashboard_changed")
    public static let linkCreated = Self(rawValue: "link_created")
    public static let linkUsed = Self(rawValue: "link_used")
    public static let linkRevoked = Self(rawValue: "link_revoked")

    // The installation and the log itself.
    public static let settingChanged = Self(rawValue: "setting_changed")
    public static let auditRead = Self(rawValue: "audit_read")
    public static let auditErased = Self(rawValue: "audit_erased")
    public static let auditExpired = Self(rawValue: "audit_expired")
    public static let auditHoldChanged = Self(rawValue: "audit_hold_changed")
    public static let auditEpochBegun = Self(rawValue: "audit_epoch_begun")
    public static let producerSilent = Self(rawValue: "producer_silent")
    public static let producerRetired = Self(rawValue: "producer_retired")
    public static let backupTaken = Self(rawValue: "backup_taken")
    public static let serviceStarted = Self(rawValue: "service_started")
    public static let serviceStopped = Self(rawValue: "service_stopped")

    public static let knownCases: [Self] = [
        .signedIn, .signInFailed, .signedOut, .sessionRefreshed, .sessionRevoked, .tokenReused,
        .tokenIssued,
        .passwordChanged, .passwordReset, .factorAdded, .factorRemoved, .userCreated, .userUpdated,
        .userDisabled, .userEnabled, .userErased, .usersImported, .roleChanged, .permissionGranted,
        .permissionRevoked, .groupChanged, .teamChanged, .directorySynced, .accessDenied,
        .impersonationStarted, .impersonationEnded, .conversationCreated, .conversationDeleted,
        .conversationShared, .conversationsImported, .messagesExported, .orderChanged,
        .toolRegistered, .toolChanged, .toolQuarantined, .executionRequested, .executionFinished,
        .approvalDecided, .secretWritten, .secretRead, .secretDestroyed, .secretRotated,
        .keyRotated, .secretChanged, .secretDeleted, .secretRotationDue, .secretExpiring,
        .secretTampered, .connectionChanged, .vaultRestored, .documentAdded, .documentDeleted,
        .knowledgeChanged, .promptChanged, .dashboardChanged, .linkCreated, .linkUsed, .linkRevoked,
        .settingChanged, .auditRead, .auditErased, .auditExpired, .auditHoldChanged,
        .auditEpochBegun, .producerSilent, .producerRetired, .backupTaken, .serviceStarted,
        .serviceStopped,
    ]
}
