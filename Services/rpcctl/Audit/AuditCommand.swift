import ArgumentParser

/// Runs `rpcctl audit`.
struct AuditCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Reads the audit log, and proves that nobody has changed it.",
        discussion: """
            The log is a Merkle tree whose root its signer signs. A signature is believed by the \
            key of --key, else by the context's (rpcctl context set NAME --audit-key KEY), else \
            by the one that was seen first, which is remembered; another one is refused from \
            then on.
            """,
        subcommands: [
            AuditLogCommand.self, AuditExportCommand.self, AuditProveCommand.self,
            AuditVerifyCommand.self, AuditCheckpointCommand.self, AuditCompleteCommand.self,
        ])
}
