internal import AuditAPI
internal import Locks
internal import Logging
internal import Postgres
internal import RPC
internal import ServiceKit

internal import struct FoundationEssentials.UUID

/// Says in the audit log, the service's log and the health report that something was changed
/// behind the vault's back; about each thing once, so that nobody fills the log with it.
final class TamperAlarm: Sendable {
    /// What was found.
    struct Finding: Hashable, Sendable {
        /// secret, secret_version or connection.
        let kind: String
        let id: UUID
        let version: Int64?
        /// What is wrong with it.
        let what: RowGuard.Finding
    }

    /// As many as are told apart; beyond, they are in the service's log alone.
    private static let limit = 10_000

    private let database: Database
    private let audit: AuditOutbox
    private let logger: Logger
    private let findings = Mutex<Set<Finding>>([])

    /// Knows of nothing yet.
    init(database: Database, audit: AuditOutbox, logger: Logger) {
        self.database = database
        self.audit = audit
        self.logger = logger
    }

    /// How many things were found.
    var count: Int { self.findings.withLock { $0.count } }

    /// Raises the alarm.
    ///
    /// - Throws: what keeps the event from being recorded; it is tried again with the next call.
    func raise(_ finding: Finding, in context: CallContext?) async throws {
        let isNews = self.findings.withLock { findings in
            findings.count < Self.limit && findings.insert(finding).inserted
        }
        guard isNews else { return }
        self.logger.critical(
            "the database was changed behind the vault's back",
            metadata: [
                "kind": "\(finding.kind)", "id": "\(finding.id)",
                "version": "\(finding.version ?? 0)", "finding": "\(finding.what)",
            ])
        var details: [String: JSONValue] = ["finding": .string(finding.what.rawValue)]
        details["version"] = finding.version.map(JSONValue.integer)
        do {
            try await self.audit.commit(
                AuditFact(
                    .secretTampered, outcome: .failed,
                    of: AuditResource(finding.kind, finding.id), reason: RPCError.tampered.reason,
                    isSensitive: true, payload: AuditPayload(details: .object(details)),
                    priority: .repair),
                in: context, to: self.database)
        } catch {
            _ = self.findings.withLock { $0.remove(finding) }
            throw error
        }
    }

    /// A dependency for the health report.
    var health: DependencyHealth {
        let count = self.count
        return DependencyHealth(
            name: "rows", isReady: count == 0,
            message: count == 0
                ? nil : "\(count) things were changed behind the vault's back; see its log.")
    }
}
