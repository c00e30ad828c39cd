import ArgumentParser
import RPC
import VaultAPI

import struct FoundationEssentials.UUID

/// Runs `rpcctl vault keys`.
struct VaultKeysCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "keys",
        abstract: "Shows, rotates and destroys the keys that values are sealed to.",
        subcommands: [
            VaultKeysStatusCommand.self, VaultKeysRotateCommand.self,
            VaultKeysDestroyCommand.self,
        ])
}

/// Runs `rpcctl vault keys status`.
struct VaultKeysStatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows how the vault is, and its keys.")

    @OptionGroup var options: VaultOptions

    func run() async throws {
        try self.options.show(try await self.options.connection().ask(GetVaultStatus()))
    }
}

/// Runs `rpcctl vault keys rotate`.
struct VaultKeysRotateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rotate",
        abstract: "Begins a new key, and waits until all data keys are moved to it.")

    @OptionGroup var options: VaultOptions

    func run() async throws {
        let connection = try self.options.connection()
        let status = try await connection.ask(GetVaultStatus())
        guard let current = status.epochs.last(where: { $0.state == .active }) else {
            throw CommandFailure.usage("The vault has no current key.")
        }
        _ = try await connection.ask(RotateSealingKey(expectedEpoch: current.number))
        try await connection.read(WatchRewrap()) { progress in
            guard self.options.format.format == .table else {
                return try self.options.show(progress)
            }
            let moved = progress.totalCount - progress.remainingCount
            try OutputStream.standardOutput.write(
                "\(moved) of \(progress.totalCount) versions are under the key of epoch "
                    + "\(progress.epoch).\n")
            for version in progress.left ?? [] {
                try OutputStream.standardOutput.write(
                    "Version \(version.version) of \(version.secretID.uuidString.lowercased()) "
                        + "cannot be moved: \(version.reason.escapingControls()).\n")
            }
        }
    }
}

/// Runs `rpcctl vault keys destroy`.
struct VaultKeysDestroyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "destroy",
        abstract: "Destroys an old key that no version needs any more.",
        discussion: "A backup of the database from before cannot be read afterwards.")

    @Argument(help: "The number of its epoch.")
    var epoch: Int64

    @OptionGroup var options: VaultOptions

    func run() async throws {
        try self.options.show(
            try await self.options.connection().ask(DestroyEpoch(epoch: self.epoch)))
    }
}
