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
        subcommands: [IngestBenchmark.self, SearchBenchmark.self, OutboxBenchmark.self]
    )
}

/// Where the running Steward is.
struct InstallationOptions: ParsableArguments {
    @Option(help: "The user of the machine who may be Postgres's superuser, if not the caller.")
    var postgresUser: String?
    @Option(help: "How often each is measured; medians are shown.") var rounds = 5
    @Option(help: "Seconds of one measurement.") var seconds = 5

    /// The directory of the sockets.
    var sockets: String {
        get throws { try self.variable("STEWARD_RUNTIME_DIRECTORY") }
    }

    /// The server.
    var postgres: Postgres {
        get throws {
            Postgres(
                programs: try self.variable("STEWARD_POSTGRES_BIN"),
                sockets: "\(try self.sockets)/postgres", user: self.postgresUser)
        }
    }

    private func variable(_ name: String) throws -> String {
        guard let value = ProcessInfo.processInfo.environment[name] else {
            throw ValidationError("Source the variables of a running Steward: . .steward/env")
        }
        return value
    }
}

/// A number for a table.
func text(_ value: Double) -> String {
    String(format: abs(value) < 1_000 ? "%9.2f" : "%9.0f", value)
}

/// The value below which a share of all values lies.
func percentile(_ share: Double, of values: [Double]) -> Double {
    let sorted = values.sorted()
    guard !sorted.isEmpty else { return 0 }
    return sorted[min(sorted.count - 1, Int(Double(sorted.count) * share))]
}
