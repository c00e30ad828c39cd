import Foundation
import ProcessTestSupport

@testable import VaultService

/// `steward-vault` with a keyring's directories.
struct VaultCommand {
    let environment: [String: String]

    init(_ test: TestKeyring) {
        self.environment = [
            "STEWARD_VAULT_STATE_DIRECTORY": test.directory.path,
            "STEWARD_VAULT_BACKUP_DIRECTORY": test.directory.mirrorPath ?? "",
            "STEWARD_CREDENTIALS_DIRECTORY": test.file(""),
        ]
    }

    func run(_ arguments: String...) async throws -> Program.Outcome {
        try await self.run(arguments)
    }

    func run(_ arguments: [String]) async throws -> Program.Outcome {
        try await Program.run(Self.executable, arguments, environment: self.environment)
    }

    /// Beside the test bundle, or where the build leaves it.
    static let executable: String = {
        let bundle = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent().path
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../..").standardized.path
        let places = [
            ProcessInfo.processInfo.environment["STEWARD_BINARIES"], bundle,
            root + "/.build/debug",
        ]
        return places.compactMap { $0.map { "\($0)/steward-vault" } }
            .first { FileManager.default.isExecutableFile(atPath: $0) } ?? "steward-vault"
    }()
}
