import ArgumentParser

/// Runs `rpcctl vault`.
struct VaultCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vault",
        abstract: "Puts secrets into the vault, gets them, and looks after them.",
        discussion: """
            Values are sealed before they leave this program and opened only here. The vault is \
            known by its identity key: that of --identity, else the one that was seen first, which \
            is remembered; another one is refused from then on.
            """,
        subcommands: [
            VaultCreateCommand.self, VaultPutCommand.self, VaultGetCommand.self,
            VaultListCommand.self, VaultShowCommand.self, VaultVersionsCommand.self,
            VaultPromoteCommand.self, VaultRollbackCommand.self, VaultRotateCommand.self,
            VaultDeleteCommand.self, VaultUndeleteCommand.self, VaultDestroyCommand.self,
            VaultApproveCommand.self, VaultAccessCommand.self, VaultKeysCommand.self,
            VaultConnectionsCommand.self, VaultSealCommand.self,
        ])
}
