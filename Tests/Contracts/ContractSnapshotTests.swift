import Foundation
import Testing

@testable import rpcctl

/// What the services offer today against the snapshots beside this file, as callers who were
/// written against those would notice.
@Suite("Contracts and their snapshots")
struct ContractSnapshotTests {
    /// Rewrites the snapshots instead of comparing: how an intended change is accepted.
    private static let isAccepting =
        ProcessInfo.processInfo.environment["STEWARD_ACCEPT_CONTRACTS"] == "1"

    private static let advice = """
        If that is intended (no released caller relies on it, or the method has a new name for \
        the new behaviour), run the test once with STEWARD_ACCEPT_CONTRACTS=1 and commit the \
        snapshot with the change.
        """

    @Test(
        "Nothing that callers rely on has changed",
        arguments: ["identity", "conversations", "audit", "vault", "rotation", "rpc"])
    func unbroken(service: String) async throws {
        let today = try await OfferedContracts.today(service)
        #expect(!(today.services[service] ?? []).isEmpty)
        let file = Self.file(service)
        if Self.isAccepting {
            return try today.text().write(toFile: file, atomically: true, encoding: .utf8)
        }
        let content = try Data(contentsOf: URL(fileURLWithPath: file))
        let then = try ContractSnapshot(file: Array(content), from: file)
        let changes = ContractComparison.changes(from: then, to: today)
        let breaking = changes.filter(\.isBreaking)
        #expect(
            breaking.isEmpty, "\n\(DiffPage(style: .plain).text(breaking))\(Self.advice)")
        if !changes.isEmpty, breaking.isEmpty {
            Issue.record(
                """
                The snapshot of \(service) lacks what is new; STEWARD_ACCEPT_CONTRACTS=1 adds it:
                \(DiffPage(style: .plain).text(changes))
                """, severity: .warning)
        }
    }

    private static func file(_ service: String) -> String {
        URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("\(service).json").path
    }
}
