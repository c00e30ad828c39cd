import ArgumentParser
import BenchmarkSupport
import Foundation

/// Measures the audit log of a running Steward beside `pgbench` on the same server.
@main
struct AuditBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit-benchmark",
        abstract: "Durable events a second, pages of search, and what the outbox costs a write.",
        discussion: """
            Needs a Steward that deploy/up has started, and its variables: . .steward/env
            Events stay in its log, so take one that is made for this. The process must be allowed \
            to be the producers: as root, put into .steward/etc/audit.local.conf
            STEWARD_PEER_USERS = root=tools,root=vault,root=retrieval,root=workspace
            """,
        subcommands: [
            IngestBenchmark.self, SearchBenchmark.self, OutboxBenchmark.self, StandIn.self,
        ]
    )
}

/// A number for a table.
func text(_ value: Double) -> String {
    String(format: abs(value) < 1_000 ? "%9.2f" : "%9.0f", value)
}
